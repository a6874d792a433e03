import { Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import {
  FieldError,
  fieldSize,
  LIST_HEAD,
  REFERENCE,
  RESILIENT_LOCK,
  type SpecialField,
  TREE_ROOT,
  TypeView,
} from './field-types.js';
import { GraphRoots } from './graph-roots.js';
import { KeptPointers } from './kept-pointers.js';
import type { KernelBtf } from './kernel-btf.js';
import type { FieldRules } from './rules.js';

/** MAX_RESOLVE_DEPTH */
const DEEPEST = 32;

/** Searches structs for fields that the verifier knows. One for a blob: it remembers what holds none. */
export class FieldSearch {
  readonly types: TypeView;
  readonly pointers: KeptPointers;
  private readonly roots: GraphRoots;
  private readonly rules: FieldRules;
  private fields: SpecialField[] = [];
  private seen = new Set<string>();
  /** Marks and fields made so far, to tell whether a nested struct gave any. */
  private effects = 0;
  /** Levels of structs below one that holds nothing, so that it need not be searched again. */
  private readonly empty = new Map<number, number>();

  constructor(btf: KernelBtf, rules: FieldRules) {
    this.types = new TypeView(btf);
    this.pointers = new KeptPointers(this.types, rules);
    this.roots = new GraphRoots(this.types, rules);
    this.rules = rules;
  }

  /** btf_find_field of a struct or union. Throws FieldError. */
  run(id: number): SpecialField[] {
    this.fields = [];
    this.seen = new Set();
    this.struct(id, 0);
    return this.fields;
  }

  /** btf_find_struct_field; returns how many levels of structs are below. */
  private struct(id: number, level: number): number {
    const { words } = this.types.btf;
    const at = this.types.btf.recordOf(id);
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
    else if (this.types.isStruct(element)) return this.nestedStruct(element, offset, count, level + 1);
    return 0;
  }

  private bytes(bits: number): number {
    if (bits % 8 !== 0) {
      throw new FieldError(Errno.EINVAL, 'A struct with special fields has a member that is not at a byte');
    }
    return bits / 8;
  }

  private elementOf(type: number): { element: number; count: number } {
    const { words } = this.types.btf;
    let element = type;
    let count = 1;
    for (let depth = 0; this.types.kind(element) === Kind.ARRAY; depth++) {
      if (depth === DEEPEST - 1)
        throw new FieldError(Errno.E2BIG, `An array has ${DEEPEST} dimensions or more`);
      const at = this.types.btf.recordOf(element);
      count = Math.imul(count, words[at + 5]!) >>> 0;
      element = words[at + 3]!;
    }
    return { element, count };
  }

  /** btf_get_field_type: the name of a struct that is known, 'kptr' for what may be a pointer, null for others. */
  private knownName(type: number): string | null {
    const name = this.types.nameOf(type);
    const known = this.rules.structs.get(name);
    if (known === undefined) return this.rules.pointers && !this.types.isStruct(type) ? REFERENCE : null;
    if (known.unique) {
      if (this.seen.has(name)) throw new FieldError(Errno.E2BIG, `The struct has more than one ${name}`);
      this.seen.add(name);
      this.effects++;
    }
    return name;
  }

  private field(
    struct: number,
    index: number,
    type: number,
    name: string,
    offset: number,
    count: number,
  ): void {
    const size = fieldSize(name, this.rules);
    if (offset % Math.min(size, 8) !== 0) return;
    const field =
      name === REFERENCE
        ? this.pointers.field(type, offset)
        : !this.types.isStruct(type) || this.types.third(type) !== size
          ? null
          : name === LIST_HEAD || name === TREE_ROOT
            ? this.roots.field(struct, index, name, offset)
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
    if (count > 1 && this.fields.length > from) this.repeat(from, count, this.types.third(id));
    return height + 1;
  }

  /** The first struct of each name that makes a struct worth a search when it is a member of it. */
  knownStructs(): Iterable<number> {
    const { rules } = this;
    const { btf } = this.types;
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
}
