import { Kind, kindOf } from '../btf/kinds.js';
import type { KernelBtf } from './kernel-btf.js';
import type { FieldRules } from './rules.js';

export const LIST_HEAD = 'bpf_list_head';
export const LIST_NODE = 'bpf_list_node';
export const TREE_ROOT = 'bpf_rb_root';
export const TREE_NODE = 'bpf_rb_node';
export const REFCOUNT = 'bpf_refcount';
export const LOCK = 'bpf_spin_lock';
export const RESILIENT_LOCK = 'bpf_res_spin_lock';
/** A reference to an object of the kernel; other pointers are named by their tags too. */
export const REFERENCE = 'kptr';
/** Tags of pointers that are kept. */
export const POINTER_TAGS = ['kptr_untrusted', REFERENCE, 'percpu_kptr'];

/** A field that the verifier knows (struct btf_field). */
export interface SpecialField {
  /** Name of its struct, or the tag of its pointer. */
  readonly type: string;
  /** In bytes from the start of the struct that was searched. */
  readonly offset: number;
  /** The struct that a pointer leads to, or that a list head or tree root holds; 0 for others. */
  readonly target: number;
  /** Name of the member of `target` that links; '' but for list heads and tree roots. */
  readonly node: string;
}

/** A search that ends in an error; the kernel says nothing to it. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly errno: number;

  /** `problem` is ours. */
  constructor(errno: number, problem: string) {
    super(problem);
    this.errno = errno;
  }
}

/** Types as the search for fields looks at them. Void has kind 0. */
export class TypeView {
  readonly btf: KernelBtf;

  constructor(btf: KernelBtf) {
    this.btf = btf;
  }

  kind(id: number): number {
    return id === 0 ? 0 : kindOf(this.btf.words[this.btf.recordOf(id) + 1]!);
  }

  third(id: number): number {
    return this.btf.words[this.btf.recordOf(id) + 2]!;
  }

  /** Unions do not count anywhere here (__btf_type_is_struct). */
  isStruct(id: number): boolean {
    return this.kind(id) === Kind.STRUCT;
  }

  nameOf(id: number): string {
    const offset = id === 0 ? 0 : this.btf.words[this.btf.recordOf(id)]!;
    return offset === 0 ? '' : this.btf.stringBytes(offset)!;
  }
}

/** In bytes, by the name of a struct that is known or the tag of a pointer (btf_field_type_size). */
export function fieldSize(name: string, rules: FieldRules): number {
  switch (name) {
    case LOCK:
    case RESILIENT_LOCK:
    case REFCOUNT:
      return 4;
    case LIST_NODE:
      return rules.listNodeSize;
    case TREE_NODE:
      return rules.treeNodeSize;
    case LIST_HEAD:
    case TREE_ROOT:
      return 16;
    default:
      return 8;
  }
}
