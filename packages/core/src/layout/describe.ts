import { Kind, kindName } from '../btf/index.js';
import type { Model } from './model.js';
import { MAX_TEXT, readable } from './names.js';
import { type Statistics, statisticsOf } from './statistics.js';
import { type Composite, type Definition, isInline, isStruct, type Member, type Type } from './types.js';

/** A definition as data, for programs. Sizes and offsets in bytes unless the name says bits. */
export interface Description {
  readonly id: number;
  readonly kind: 'struct' | 'union' | 'enum' | 'typedef';
  readonly name: string | null;
  readonly size: number;
  /** Of a struct: the attributes that its layout tells of. */
  readonly packed?: boolean;
  readonly aligned?: number;
  readonly members?: readonly MemberDescription[];
  readonly statistics?: Statistics;
  readonly values?: readonly { readonly name: string; readonly value: string }[];
  /** What a typedef stands for, in words; `definition` where that has no name, or types are expanded. */
  readonly type?: string;
  readonly typeId?: number;
  readonly definition?: Description;
}

export interface MemberDescription {
  readonly name: string | null;
  readonly type: string;
  readonly typeId: number;
  /** From the beginning of the outermost struct; behind a pointer, of what that points to. */
  readonly offset: number;
  readonly size: number;
  /** Of a bitfield: `offset` counts from that of the member. */
  readonly bitfield?: { readonly offset: number; readonly size: number };
  /** An `aligned` attribute that the offset tells of. */
  readonly aligned?: number;
  /** What is unused before the next member. */
  readonly hole?: number;
  readonly bitHole?: number;
  /** A type that is defined in this place. */
  readonly definition?: Description;
}

const MAX_DEPTH = 200;
/** Members that are described at once, far more than a type of a kernel has with all types expanded. */
const MAX_MEMBERS = 1 << 17;

export class Describer {
  private readonly model: Model;
  private depth = 0;
  private described = 0;

  constructor(model: Model) {
    this.model = model;
  }

  /** `base`: the offset at which it stands. */
  describe(type: Definition, base = 0): Description {
    const { model } = this;
    if (++this.depth > MAX_DEPTH) throw model.types.error(type.id, 'contains itself, or types too deep');
    const description = this.make(type, base);
    this.depth--;
    return description;
  }

  private make(type: Definition, base: number): Description {
    const { model } = this;
    const name = type.name === null ? null : readable(type.name);
    const kind = kindName(type.kind).toLowerCase() as Description['kind'];
    const size = model.sizes.size(type);
    const head = { id: type.id, kind, name, size };
    switch (type.kind) {
      case Kind.ENUM: {
        const values = type.values.map(value => ({ name: readable(value.name), value: String(value.value) }));
        return { ...head, values };
      }
      case Kind.TYPEDEF:
        return { ...head, ...this.use(type.target, base) };
    }
    const members = this.members(type, base);
    if (!isStruct(type)) return { ...head, members };
    model.packing.judge(type);
    const { isPacked, alignment } = type;
    return {
      ...head,
      packed: isPacked,
      ...(alignment !== 0 && !isPacked && { aligned: alignment }),
      members,
      statistics: statisticsOf(type, model),
    };
  }

  private members(type: Composite, base: number): MemberDescription[] {
    if (isStruct(type)) this.model.holes(type);
    else this.model.place(type);
    this.described += type.members.length;
    if (this.described > MAX_MEMBERS)
      throw this.model.types.error(
        type.id,
        `with this there are more than ${MAX_MEMBERS} members to describe`,
      );
    return type.members.map(member => this.member(member, base));
  }

  private member(member: Member, base: number): MemberDescription {
    const { alignment, hole, bitHole, bitfieldSize } = member;
    const offset = base + member.byteOffset;
    return {
      name: member.name === null ? null : readable(member.name),
      ...this.use(member.type, offset),
      offset,
      size: member.byteSize,
      ...(bitfieldSize !== 0 && { bitfield: { offset: member.bitfieldOffset, size: bitfieldSize } }),
      ...(alignment !== 0 && { aligned: alignment }),
      ...(hole > 0 && { hole }),
      ...(bitHole !== 0 && { bitHole }),
    };
  }

  private use(id: number, base: number) {
    const type = this.model.types.get(id);
    const definition = type === null ? null : this.definedHere(type, base);
    return {
      type: readable(this.textOf(type)),
      typeId: id,
      ...(definition !== null && { definition }),
    };
  }

  private definedHere(type: Type, base: number): Description | null {
    const { types, sizes, expand, names } = this.model;
    let at = base;
    let inner: Type | null = type;
    for (let steps = 0; inner !== null && !isInline(inner); steps++) {
      sizes.limit(steps, inner);
      if (inner.kind === Kind.INT || inner.kind === Kind.FUNC_PROTO) return null;
      if (inner.kind === Kind.TYPEDEF && !expand) return null;
      if (inner.kind === Kind.PTR) {
        inner = names.pointed(inner);
        if (!isInline(inner) || inner.name !== null) return null;
        at = 0;
      } else inner = types.get(inner.target);
    }
    return inner === null || (inner.name !== null && !expand) ? null : this.describe(inner, at);
  }

  /** A type in words, without a name that is declared to be of it. */
  private textOf(type: Type | null, depth = 0): string {
    const { types, names } = this.model;
    if (type !== null && depth > MAX_DEPTH) throw types.error(type.id, 'types too deep');
    if (type?.kind === Kind.ARRAY) return `${this.textOf(types.get(type.target), depth + 1)}[${type.length}]`;
    if (type?.kind === Kind.PTR) {
      const target = names.pointed(type);
      if (target?.kind === Kind.FUNC_PROTO) return names.func(target, '', { isPointer: true });
    }
    const text = names.of(type, MAX_TEXT).trim();
    return isInline(type) && type.name === null ? `${text} {...}` : text;
  }
}
