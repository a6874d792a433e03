import { Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import type { KernelBtf } from './kernel-btf.js';
import type { FieldRules } from './rules.js';

/** MAX_RESOLVE_DEPTH */
const DEEPEST = 32;

export const LIST_HEAD = 'bpf_list_head';
export const LIST_NODE = 'bpf_list_node';
export const TREE_ROOT = 'bpf_rb_root';
export const TREE_NODE = 'bpf_rb_node';
export const REFCOUNT = 'bpf_refcount';
export const LOCK = 'bpf_spin_lock';
export const RESILIENT_LOCK = 'bpf_res_spin_lock';
/** A reference to an object of the kernel; other pointers are named by their tags too. */
export const REFERENCE = 'kptr';
const POINTER_TAGS = ['kptr_untrusted', REFERENCE, 'percpu_kptr'];

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

/** Searches structs for fields that the verifier knows. One for a blob: it remembers what holds none. */
export class FieldSearch {
  private readonly btf: KernelBtf;
  private readonly rules: FieldRules;
  private fields: SpecialField[] = [];
  private seen = new Set<string>();
  /** Marks and fields made so far, to tell whether a nested struct gave any. */
  private effects = 0;
  /** Levels of structs below one that holds nothing, so that it need not be searched again. */
  private readonly empty = new Map<number, number>();
  private structIds: Map<string, number> | undefined;
  private tags: Map<number, number[]> | undefined;

  constructor(btf: KernelBtf, rules: FieldRules) {
    this.btf = btf;
    this.rules = rules;
  }

  /** btf_find_field of a struct or union. Throws FieldError. */
  run(id: number): SpecialField[] {
    this.fields = [];
    this.seen = new Set();
    this.struct(id, 0);
    return this.fields;
  }

  private kind(id: number): number {
    return id === 0 ? 0 : kindOf(this.btf.words[this.btf.recordOf(id) + 1]!);
  }

  private third(id: number): number {
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

  /** btf_find_struct_field; returns how many levels of structs are below. */
  private struct(id: number, level: number): number {
    const { words } = this.btf;
    const at = this.btf.recordOf(id);
    const kflag = kflagOf(words[at + 1]!);
    const seen = this.seen;
    if (!this.rules.uniqueThroughout) this.seen = new Set();
    let height = 0;
    for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
      const type = words[at + 4 + 3 * i]!;
      const place = words[at + 5 + 3 * i]!;
      const offset = kflag ? place & 0xffffff : place;
      height = Math.max(height, this.member(id, i, type, offset, level));
    }
    this.seen = seen;
    return height;
  }

  /** btf_find_field_one; before nested structs were searched, btf_find_struct_field's loop. */
  private member(struct: number, index: number, type: number, bits: number, level: number): number {
    if (!this.rules.nested) {
      const name = this.knownName(type);
      if (name !== null) this.field(struct, index, type, name, this.bytes(bits), 1);
      return 0;
    }
    const offset = this.bytes(bits);
    const { element, count } = this.elementOf(type);
    if (count === 0) return 0;
    const name = this.knownName(element);
    if (name !== null) this.field(struct, index, element, name, offset, count);
    else if (this.isStruct(element)) return this.nestedStruct(element, offset, count, level + 1);
    return 0;
  }

  private bytes(bits: number): number {
    if (bits % 8 !== 0) {
      throw new FieldError(Errno.EINVAL, 'A struct with special fields has a member that is not at a byte');
    }
    return bits / 8;
  }

  private elementOf(type: number): { element: number; count: number } {
    const { words } = this.btf;
    let element = type;
    let count = 1;
    for (let depth = 0; this.kind(element) === Kind.ARRAY; depth++) {
      if (depth === DEEPEST - 1)
        throw new FieldError(Errno.E2BIG, `An array has ${DEEPEST} dimensions or more`);
      const at = this.btf.recordOf(element);
      count = Math.imul(count, words[at + 5]!) >>> 0;
      element = words[at + 3]!;
    }
    return { element, count };
  }

  /** btf_get_field_type: the name of a struct that is known, 'kptr' for what may be a pointer, null for others. */
  private knownName(type: number): string | null {
    const name = this.nameOf(type);
    const known = this.rules.structs.get(name);
    if (known === undefined) return this.rules.pointers && !this.isStruct(type) ? REFERENCE : null;
    if (known.unique) {
      if (this.seen.has(name)) throw new FieldError(Errno.E2BIG, `The struct has more than one ${name}`);
      this.seen.add(name);
      this.effects++;
    }
    return name;
  }

  sizeOf(name: string): number {
    switch (name) {
      case LOCK:
      case RESILIENT_LOCK:
      case REFCOUNT:
        return 4;
      case LIST_NODE:
        return this.rules.listNodeSize;
      case TREE_NODE:
        return this.rules.treeNodeSize;
      case LIST_HEAD:
      case TREE_ROOT:
        return 16;
      default:
        return 8;
    }
  }

  private field(
    struct: number,
    index: number,
    type: number,
    name: string,
    offset: number,
    count: number,
  ): void {
    const size = this.sizeOf(name);
    if (offset % Math.min(size, 8) !== 0) return;
    const field =
      name === REFERENCE
        ? this.pointer(type, offset)
        : !this.isStruct(type) || this.third(type) !== size
          ? null
          : name === LIST_HEAD || name === TREE_ROOT
            ? this.root(struct, index, name, offset)
            : { type: name, offset, target: 0, node: '' };
    if (field === null) return;
    this.add(field);
    if (count === 1) return;
    const from = this.fields.length - 1;
    if (!this.rules.repeatableFirst && from + count > this.rules.most) this.tooMany();
    this.repeat(from, count, size);
  }

  private add(field: SpecialField): void {
    if (this.fields.length === this.rules.most) this.tooMany();
    this.fields.push(field);
    this.effects++;
  }

  private tooMany(): never {
    throw new FieldError(Errno.E2BIG, `The struct has more than ${this.rules.most} special fields`);
  }

  /** btf_repeat_fields: those from `from` on are an array's first element. */
  private repeat(from: number, count: number, elementSize: number): void {
    const group = this.fields.slice(from);
    const repeatable = (type: string) =>
      type === LIST_HEAD || type === TREE_ROOT || !this.rules.structs.has(type);
    if (!group.every(({ type }) => repeatable(type))) {
      throw new FieldError(Errno.EINVAL, 'An array holds special fields that must not be repeated');
    }
    if (from + group.length * count > this.rules.most) this.tooMany();
    for (let i = 1; i < count; i++) {
      for (const field of group) this.add({ ...field, offset: (field.offset + i * elementSize) >>> 0 });
    }
  }

  /** btf_find_nested_struct; returns the levels from this struct on. */
  private nestedStruct(id: number, offset: number, count: number, level: number): number {
    const below = this.empty.get(id);
    if (below !== undefined && level + below < DEEPEST) return below + 1;
    if (level >= DEEPEST) throw new FieldError(Errno.E2BIG, `Structs stand in each other ${DEEPEST} deep`);
    const from = this.fields.length;
    const before = this.effects;
    const height = this.struct(id, level);
    if (this.effects === before) this.empty.set(id, height);
    for (let i = from; i < this.fields.length; i++) {
      const field = this.fields[i]!;
      this.fields[i] = { ...field, offset: (field.offset + offset) >>> 0 };
    }
    if (count > 1 && this.fields.length > from) this.repeat(from, count, this.third(id));
    return height + 1;
  }

  /** btf_find_kptr: null where the type is no tagged pointer. Throws FieldError where it is one of the wrong form. */
  pointer(type: number, offset: number): SpecialField | null {
    let pointer = type;
    if (this.kind(pointer) === Kind.VOLATILE) pointer = this.third(pointer);
    if (this.kind(pointer) !== Kind.PTR) return null;
    const tag = this.rules.tagsAnywhere ? this.tagInChain(pointer) : this.firstTag(this.third(pointer));
    if (tag === null || !POINTER_TAGS.includes(tag)) return null;
    let target = this.third(pointer);
    while (isModifier(this.kind(target))) target = this.third(target);
    if (!this.isStruct(target))
      throw new FieldError(Errno.EINVAL, `A pointer with the tag ${tag} must lead to a struct`);
    return { type: tag, offset, target, node: '' };
  }

  private isTag(id: number): boolean {
    return this.kind(id) === Kind.TYPE_TAG;
  }

  private isAttribute(id: number): boolean {
    return this.rules.kflagTags && kflagOf(this.btf.words[this.btf.recordOf(id) + 1]!);
  }

  private isKnownTag(tag: string): boolean {
    return POINTER_TAGS.includes(tag) || (tag === 'uptr' && this.rules.userPointers);
  }

  /** The one tag right behind the pointer. */
  private firstTag(id: number): string | null {
    if (!this.isTag(id) || this.isAttribute(id)) return null;
    const tag = this.nameOf(id);
    if (this.isTag(this.third(id)) || !this.isKnownTag(tag)) {
      throw new FieldError(Errno.EINVAL, 'A pointer has more than one type tag, or one that is not known');
    }
    return tag;
  }

  /** The one tag of those that are known among the pointer's modifiers (btf_type_tag_walk). */
  private tagInChain(pointer: number): string | null {
    const found = new Set<string>();
    for (let id = this.third(pointer); isModifier(this.kind(id)); id = this.third(id)) {
      if (this.isTag(id) && !this.isAttribute(id) && this.isKnownTag(this.nameOf(id))) {
        found.add(this.nameOf(id));
      }
    }
    if (found.size > 1)
      throw new FieldError(Errno.EINVAL, 'A pointer has two type tags that exclude each other');
    const [tag] = found;
    return tag ?? null;
  }

  /** btf_find_graph_root: what a list or tree holds stands in a tag "contains:STRUCT:MEMBER" of the member. */
  private root(struct: number, index: number, type: string, offset: number): SpecialField {
    const prefix = 'contains:';
    const values = this.tagsOf(struct, index).filter(tag => tag.startsWith(prefix));
    const value = values[0]?.slice(prefix.length) ?? '';
    const colon = value.indexOf(':');
    if ((values.length > 1 && !this.rules.severalContains) || colon < 0) {
      throw new FieldError(Errno.EINVAL, `${type} must have one tag contains:STRUCT:MEMBER`);
    }
    const target = this.structNamed(value.slice(0, colon));
    if (target === 0) throw new FieldError(Errno.ENOENT, `${type} contains a struct that does not exist`);
    const node = value.slice(colon + 1);
    if (node === '') throw new FieldError(Errno.EINVAL, `${type} must have one tag contains:STRUCT:MEMBER`);
    return { type, offset, target, node };
  }

  /** The DECL_TAGs of a member. */
  private tagsOf(struct: number, index: number): string[] {
    const { btf } = this;
    if (this.tags === undefined) {
      this.tags = new Map();
      for (let id = btf.startId; id < btf.endId; id++) {
        if (this.kind(id) !== Kind.DECL_TAG) continue;
        const ids = this.tags.get(this.third(id)) ?? [];
        ids.push(id);
        this.tags.set(this.third(id), ids);
      }
    }
    return (this.tags.get(struct) ?? [])
      .filter(id => btf.words[btf.recordOf(id) + 3] === index)
      .map(id => this.nameOf(id));
  }

  /** The first struct of each name that makes a struct worth a search when it is a member of it. */
  knownStructs(): Iterable<number> {
    const { btf, rules } = this;
    const { words, strings } = btf;
    const found = new Map<string, number>();
    for (let id = btf.startId; id < btf.endId; id++) {
      const at = btf.recordOf(id);
      if (kindOf(words[at + 1]!) !== Kind.STRUCT || words[at] === 0) continue;
      const name = words[at]!;
      // All begin with "bpf_": most others are told from them without a string.
      if (strings[name] !== 0x62 || strings[name + 1] !== 0x70 || strings[name + 3] !== 0x5f) continue;
      const text = btf.stringBytes(name)!;
      // A resilient lock is looked for beside others only.
      if (rules.structs.has(text) && text !== RESILIENT_LOCK && !found.has(text)) found.set(text, id);
    }
    return found.values();
  }

  /** What may be a tagged pointer. */
  *taggedPointers(): Generator<number> {
    const { btf } = this;
    if (!this.hasTags()) return;
    for (let id = btf.startId; id < btf.endId; id++) {
      const kind = this.kind(id);
      if (kind === Kind.PTR || kind === Kind.VOLATILE) yield id;
    }
  }

  private hasTags(): boolean {
    const { btf } = this;
    for (let id = btf.startId; id < btf.endId; id++) {
      if (this.kind(id) === Kind.TYPE_TAG && this.isKnownTag(this.nameOf(id))) return true;
    }
    return false;
  }

  /** The first struct of a name (btf_find_by_name_kind), 0 where there is none. */
  structNamed(name: string): number {
    const { btf } = this;
    if (this.structIds === undefined) {
      this.structIds = new Map();
      for (let id = btf.startId; id < btf.endId; id++) {
        if (this.kind(id) !== Kind.STRUCT) continue;
        const own = this.nameOf(id);
        if (!this.structIds.has(own)) this.structIds.set(own, id);
      }
    }
    return this.structIds.get(name) ?? 0;
  }
}

function isModifier(kind: number): boolean {
  return (kind >= Kind.TYPEDEF && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}
