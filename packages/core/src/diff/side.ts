import { type Btf, IntEncoding, Kind, kflagOf, type TypeId, vlenOf } from '../btf/index.js';
import { Sizes } from '../c/sizes.js';
import { Types } from '../c/types.js';
import type { NameColumn, Names } from './names.js';

const decoder = new TextDecoder();

/** A declaration tag: number of its name, and of the member or parameter that it is on (-1: the type itself). */
export interface Tag {
  readonly name: number;
  readonly offset: number;
  readonly component: number;
}

/** One of the two BTFs that are compared, with what is asked of it all the time. */
export class Side {
  readonly btf: Btf;
  readonly types: Types;
  readonly sizes: Sizes;
  readonly names: NameColumn;
  private declarationTags: Map<TypeId, Tag[]> | undefined;

  constructor(btf: Btf, names: Names) {
    this.btf = btf;
    this.types = new Types(btf);
    this.sizes = new Sizes(this.types);
    this.names = names.of(this.types);
  }

  /** Word index of a type's record in `types.words`. */
  at(id: TypeId): number {
    return this.types.records[id]!;
  }
  kind(id: TypeId): number {
    return this.types.kinds[id]!;
  }
  info(id: TypeId): number {
    return id === 0 ? 0 : this.types.words[this.at(id) + 1]!;
  }
  vlen(id: TypeId): number {
    return vlenOf(this.info(id));
  }
  kflag(id: TypeId): boolean {
    return kflagOf(this.info(id));
  }
  /** Number of its name, 0 for none. */
  name(id: TypeId): number {
    return this.names.number(this.types.nameOff(id));
  }
  text(id: TypeId): string {
    return this.string(this.types.nameOff(id));
  }
  /** The string at an offset. Not kept: nearly all names of two kernels are read once. */
  string(offset: number): string {
    const { strings } = this.types;
    return decoder.decode(strings.subarray(offset, strings.indexOf(0, offset)));
  }
  /** In bytes, 0 for what has none. */
  size(id: TypeId): number {
    return this.sizes.sizeOf(id);
  }

  /** Past const, volatile, restrict and type tags; with `typedefs`, past those too. */
  skip(id: TypeId, typedefs: boolean): TypeId {
    // A chain that does not end within so many is no type.
    for (let steps = 0; steps < 64; steps++) {
      const kind = this.kind(id);
      if (!isQualifier(kind) && !(typedefs && kind === Kind.TYPEDEF)) return id;
      id = this.types.third(id);
    }
    return 0;
  }

  isAnonymousComposite(id: TypeId): boolean {
    return isComposite(this.kind(id)) && this.name(id) === 0;
  }
  isAnonymousEnum(id: TypeId): boolean {
    return isEnum(this.kind(id)) && this.name(id) === 0;
  }

  isSigned(int: TypeId): boolean {
    return ((this.types.words[this.at(int) + 3]! >>> 24) & IntEncoding.SIGNED) !== 0;
  }

  /** Tags of a type and of what is in it; those of bases too. */
  tags(id: TypeId): readonly Tag[] {
    this.declarationTags ??= this.findTags();
    return this.declarationTags.get(id) ?? NO_TAGS;
  }

  private findTags(): Map<TypeId, Tag[]> {
    const found = new Map<TypeId, Tag[]>();
    const { endId, words } = this.types;
    for (let id = 1; id < endId; id++) {
      if (this.kind(id) !== Kind.DECL_TAG) continue;
      const target = this.types.third(id);
      const component = words[this.at(id) + 3]! | 0;
      const tag = { name: this.name(id), offset: this.types.nameOff(id), component };
      const tags = found.get(target);
      if (tags === undefined) found.set(target, [tag]);
      else tags.push(tag);
    }
    return found;
  }
}

const NO_TAGS: readonly Tag[] = [];

export function isQualifier(kind: number): boolean {
  return kind === Kind.CONST || kind === Kind.VOLATILE || kind === Kind.RESTRICT || kind === Kind.TYPE_TAG;
}
export function isComposite(kind: number): boolean {
  return kind === Kind.STRUCT || kind === Kind.UNION;
}
export function isEnum(kind: number): boolean {
  return kind === Kind.ENUM || kind === Kind.ENUM64;
}

/** Offset in bits of a member, from its third word. */
export function bitOffsetOf(word: number, kflag: boolean): number {
  return kflag ? word & 0xffffff : word;
}
/** Width of a bitfield, 0 where the member is none. */
export function bitfieldSizeOf(word: number, kflag: boolean): number {
  return kflag ? word >>> 24 : 0;
}
