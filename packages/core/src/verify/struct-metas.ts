import { Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import {
  FieldError,
  fieldSize,
  LIST_HEAD,
  LIST_NODE,
  LOCK,
  REFCOUNT,
  REFERENCE,
  RESILIENT_LOCK,
  type SpecialField,
  TREE_NODE,
  TREE_ROOT,
} from './field-types.js';
import type { FieldRules } from './rules.js';
import { FieldSearch } from './special-fields.js';
import type { Verifier } from './verifier.js';

/** What a kernel's own types say to pointers that a program keeps. */
export interface KernelTypes {
  /** The kernel, or a module, has a struct of this name. */
  has(name: string): boolean;
  /** A destructor is registered for it, so that a reference may be kept. */
  hasDestructor(name: string): boolean;
}

/** BTF_MAX_OWNERSHIP_DEPTH */
const DEEPEST_OWNERSHIP = 8;
const TOO_DEEP = `Structs own each other in a circle, or more than ${DEEPEST_OWNERSHIP} deep`;

/**
 * The structs of a program that hold what the verifier knows: locks, lists, trees, references
 * (btf_parse_struct_metas, btf_check_and_fixup_fields). The kernel refuses without a word in the log. Throws Breach.
 */
export class StructCheck {
  private readonly verifier: Verifier;
  private readonly rules: FieldRules;
  private readonly search: FieldSearch;
  private readonly kernel: KernelTypes | undefined;
  private readonly structs = new Map<number, SpecialField[]>();

  /** Without `kernel`, a reference is taken for one to a struct of the program. */
  constructor(verifier: Verifier, rules: FieldRules, kernel: KernelTypes | undefined) {
    this.verifier = verifier;
    this.rules = rules;
    this.search = new FieldSearch(verifier.btf, rules);
    this.kernel = kernel;
  }

  run(): void {
    const { btf } = this.verifier;
    const wanted = this.wantedTypes();
    if (wanted.size === 0) return;
    for (let id = btf.startId; id < btf.endId; id++) {
      if (this.holdsOneOf(wanted, id)) this.within(id, () => this.structs.set(id, this.parse(id)));
    }
    for (const [id, fields] of this.structs) this.within(id, () => this.checkRoots(fields));
    if (this.rules.ownership !== 'depth') return;
    const depths = new Map<number, number>();
    for (const id of this.structs.keys()) {
      this.within(id, () => this.ownershipDepth(id, depths, DEEPEST_OWNERSHIP));
    }
  }

  private within(id: number, body: () => void): void {
    try {
      body();
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const at = this.verifier.btf.recordOf(id);
      this.verifier.typeId = id;
      this.verifier.breach(at, error.message, at, error.errno);
    }
  }

  /** Ids that make a struct worth a search when one of its members is of them. */
  private wantedTypes(): Set<number> {
    const wanted = new Set(this.search.knownStructs());
    if (this.rules.pointers) {
      for (const id of this.search.pointers.candidates()) if (this.isPointer(id)) wanted.add(id);
    }
    return wanted;
  }

  private isPointer(id: number): boolean {
    try {
      return this.search.pointers.field(id, 0) !== null;
    } catch (error) {
      // One that is wrong is found again in the struct that has it.
      if (error instanceof FieldError) return false;
      throw error;
    }
  }

  private holdsOneOf(wanted: ReadonlySet<number>, id: number): boolean {
    const { btf } = this.verifier;
    const at = btf.recordOf(id);
    const info = btf.words[at + 1]!;
    if (kindOf(info) !== Kind.STRUCT) return false;
    for (let i = 0; i < vlenOf(info); i++) if (wanted.has(btf.words[at + 4 + 3 * i]!)) return true;
    return false;
  }

  /** btf_parse_fields */
  private parse(id: number): SpecialField[] {
    const { btf } = this.verifier;
    const size = btf.words[btf.recordOf(id) + 2]!;
    const fields = this.search.run(id);
    if (fields.length === 0) {
      throw new FieldError(Errno.EFAULT, 'The special field of the struct is not of its size or not aligned');
    }
    let next = 0;
    for (const field of fields) {
      const end = field.offset + fieldSize(field.type, this.rules);
      if (end > size) throw new FieldError(Errno.EFAULT, `${field.type} ends past the end of the struct`);
      if (field.offset < next) {
        throw new FieldError(Errno.EEXIST, `${field.type} overlaps the special field before it`);
      }
      next = end;
      this.checkTarget(field);
    }
    this.checkTogether(fields);
    return fields;
  }

  private checkTarget(field: SpecialField): void {
    if (field.type === LIST_HEAD) this.checkRoot(field, LIST_NODE);
    else if (field.type === TREE_ROOT) this.checkRoot(field, TREE_NODE);
    else if (field.type === REFERENCE && this.isKernelType(field) && !this.mayBeKept(field)) {
      const name = this.search.types.nameOf(field.target);
      throw new FieldError(
        Errno.ENOENT,
        `The kernel has no destructor for struct ${name}, so that no kptr to it can be kept`,
      );
    }
  }

  private isKernelType(field: SpecialField): boolean {
    return this.kernel?.has(this.search.types.nameOf(field.target)) ?? false;
  }

  private mayBeKept(field: SpecialField): boolean {
    return this.kernel?.hasDestructor(this.search.types.nameOf(field.target)) ?? true;
  }

  /** btf_parse_graph_root: the struct that is held has one member of that name, and it is a node. */
  private checkRoot(root: SpecialField, node: string): void {
    const { btf } = this.verifier;
    const at = btf.recordOf(root.target);
    let found = false;
    for (let i = 0; i < vlenOf(btf.words[at + 1]!); i++) {
      const row = at + 3 + 3 * i;
      const name = btf.words[row]!;
      if ((name === 0 ? '(anon)' : btf.stringBytes(name)) !== root.node) continue;
      const type = btf.words[row + 1]!;
      if (found || !this.search.types.isStruct(type) || this.search.types.nameOf(type) !== node) {
        throw new FieldError(
          Errno.EINVAL,
          `${root.type} contains member ${root.node}, which must be one ${node}`,
        );
      }
      found = true;
      // The kernel asks the node's kflag, not that of the struct it is a member of.
      const kflag = kflagOf(btf.words[btf.recordOf(type) + 1]!);
      const bits = kflag ? btf.words[row + 2]! & 0xffffff : btf.words[row + 2]!;
      if (bits % 64 !== 0) {
        throw new FieldError(
          Errno.EINVAL,
          `${root.type} contains member ${root.node}, which is not aligned to 8 bytes`,
        );
      }
    }
    if (!found) {
      throw new FieldError(
        Errno.ENOENT,
        `${root.type} contains member ${root.node}, which its struct does not have`,
      );
    }
  }

  private checkTogether(fields: readonly SpecialField[]): void {
    const has = (type: string) => fields.some(field => field.type === type);
    const refuse = (problem: string): never => {
      throw new FieldError(Errno.EINVAL, problem);
    };
    const isLocked = has(LOCK) || has(RESILIENT_LOCK);
    if (has(LOCK) && has(RESILIENT_LOCK)) refuse('The struct has both kinds of lock');
    if ((has(LIST_HEAD) || has(TREE_ROOT)) && !isLocked)
      refuse('The struct has a list or tree, but no lock for it');
    if (has(LIST_NODE) && has(TREE_NODE) && !has(REFCOUNT)) {
      refuse('The struct can be in a list and in a tree, but has no bpf_refcount');
    }
  }

  /** btf_check_and_fixup_fields */
  private checkRoots(fields: readonly SpecialField[]): void {
    const isNode = fields.some(({ type }) => type === LIST_NODE || type === TREE_NODE);
    for (const field of fields.filter(isRoot)) {
      const held = this.structs.get(field.target);
      if (held === undefined) {
        throw new FieldError(Errno.EFAULT, `What ${field.type} contains is no struct with special fields`);
      }
      if (this.rules.ownership === 'kinds' && isNode && held.some(isRoot)) {
        throw new FieldError(Errno.ELOOP, 'The struct is owned by another and owns one that owns others');
      }
    }
  }

  /** btf_ownership_depth: objects are freed one within the other, on the kernel's stack. */
  private ownershipDepth(id: number, depths: Map<number, number>, left: number): number {
    if (left === 0) throw new FieldError(Errno.ELOOP, TOO_DEEP);
    let depth = depths.get(id);
    if (depth === undefined) {
      depth = 1;
      for (const field of this.structs.get(id)!) {
        if (!this.owns(field)) continue;
        depth = Math.max(depth, 1 + this.ownershipDepth(field.target, depths, left - 1));
      }
      depths.set(id, depth);
    }
    if (depth > left) throw new FieldError(Errno.ELOOP, TOO_DEEP);
    return depth;
  }

  private owns(field: SpecialField): boolean {
    if (isRoot(field)) return true;
    const isReference = field.type === REFERENCE || field.type === 'percpu_kptr';
    return isReference && this.structs.has(field.target) && !this.isKernelType(field);
  }
}

function isRoot(field: SpecialField): boolean {
  return field.type === LIST_HEAD || field.type === TREE_ROOT;
}
