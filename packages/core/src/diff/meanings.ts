import { Kind, kflagOf, type TypeId, vlenOf } from '../btf/index.js';
import { endless } from '../c/sizes.js';
import type { Interner } from './interner.js';
import { bitfieldSizeOf, bitOffsetOf, isComposite, isEnum, isQualifier, type Side } from './side.js';

/** More types in each other, without a name, than any C has: the kernel takes 32. */
const DEEPEST = 256;

/** How closely a reference to a type is looked at. */
const EXACT = 0;
/** Without const, volatile, restrict and type tags. */
const BARE = 1;
/** As BARE, and with what typedefs stand for; integers by size and encoding. */
const DEEP = 2;

/** First words of keys that are not of references. */
const SIZED = 0x100;
const DEFINITION = 0x200;
const TAGS = 0x300;

/**
 * Numbers for what types mean, the same for equal meanings in both sides: names count and not ids. A reference to a named
 * type is that name alone, so that a change is told where it is and not wherever the name is used; it is also what
 * ends all cycles. An anonymous type is what it holds.
 */
export class Meanings {
  private readonly side: Side;
  private readonly interner: Interner;
  /** By mode and id; 0 while it is not known. */
  private readonly references: (Uint32Array | undefined)[] = [];
  private readonly sized: Uint32Array;
  /** A stack: keys of inner types are made on top of those of outer ones. */
  private key = new Uint32Array(256);
  private top = 0;
  private depth = 0;

  constructor(side: Side, interner: Interner) {
    this.side = side;
    this.interner = interner;
    this.sized = new Uint32Array(side.types.endId);
  }

  /** Throws FormatError, as all here, for a chain of types without end. */
  exact(id: TypeId): number {
    return this.reference(id, EXACT);
  }
  bare(id: TypeId): number {
    return this.reference(id, BARE);
  }
  deep(id: TypeId): number {
    return this.reference(id, DEEP);
  }

  private reference(id: TypeId, mode: number): number {
    this.references[mode] ??= new Uint32Array(this.side.types.endId);
    const known = this.references[mode][id]!;
    if (known !== 0) return known;
    this.enter(id);
    const found = this.find(id, mode);
    this.depth--;
    this.references[mode][id] = found;
    return found;
  }

  private enter(id: TypeId): void {
    if (++this.depth <= DEEPEST) return;
    this.depth = 0;
    this.top = 0;
    throw endless(id).within({ file: this.side.btf.name });
  }

  private find(id: TypeId, mode: number): number {
    const { side } = this;
    const { words } = side.types;
    const kind = side.kind(id);
    const at = side.at(id);
    const from = this.top;
    if (mode !== EXACT && isQualifier(kind)) return this.reference(words[at + 2]!, mode);
    switch (kind) {
      case Kind.INT:
        this.push(kind);
        if (mode === DEEP) this.push(words[at + 2]!);
        else this.push(side.name(id));
        // The bits of an int stand for themselves where they are not simply all of it.
        if (mode === DEEP || (words[at + 3]! & 0xffffff) !== words[at + 2]! * 8) this.push(words[at + 3]!);
        break;
      case Kind.PTR:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
        this.push(kind);
        this.push(this.reference(words[at + 2]!, mode));
        break;
      case Kind.TYPE_TAG:
        this.push(kind);
        this.push(side.name(id));
        this.push(side.kflag(id) ? 1 : 0);
        this.push(this.reference(words[at + 2]!, mode));
        break;
      case Kind.TYPEDEF:
        if (mode === DEEP) return this.reference(words[at + 2]!, mode);
        this.push(kind);
        this.push(side.name(id));
        break;
      case Kind.ARRAY:
        this.push(kind);
        this.push(words[at + 5]!);
        this.push(this.reference(words[at + 3]!, mode));
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        this.push(kind);
        this.push(side.name(id));
        if (side.name(id) === 0) this.members(id, mode);
        break;
      case Kind.FWD:
        this.push(side.kflag(id) ? Kind.UNION : Kind.STRUCT);
        this.push(side.name(id));
        break;
      case Kind.ENUM:
      case Kind.ENUM64:
        this.push(Kind.ENUM);
        this.push(side.name(id));
        if (side.name(id) === 0) this.enumerators(id);
        break;
      case Kind.FUNC_PROTO: {
        this.push(kind);
        this.push(this.reference(words[at + 2]!, mode));
        const end = at + 3 + 2 * side.vlen(id);
        for (let param = at + 3; param < end; param += 2) this.push(this.reference(words[param + 1]!, mode));
        break;
      }
      default:
        this.push(kind);
        this.push(id === 0 ? 0 : side.name(id));
    }
    return this.take(from);
  }

  /**
   * What a place of this type is: its size, and which kind of thing stands there. Of named types that is all that the
   * name alone does not tell.
   */
  place(id: TypeId): number {
    const known = this.sized[id]!;
    if (known !== 0) return known;
    this.enter(id);
    const found = this.findPlace(id);
    this.depth--;
    this.sized[id] = found;
    return found;
  }

  private findPlace(id: TypeId): number {
    const { side } = this;
    const { words } = side.types;
    const kind = side.kind(id);
    const at = side.at(id);
    if (isQualifier(kind) || kind === Kind.TYPEDEF) return this.place(words[at + 2]!);
    const from = this.top;
    this.push(SIZED);
    this.push(kind === Kind.ENUM64 ? Kind.ENUM : kind);
    switch (kind) {
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.ENUM:
      case Kind.ENUM64:
        this.push(words[at + 2]!);
        break;
      case Kind.PTR:
        this.push(side.types.pointerSize);
        break;
      case Kind.ARRAY:
        this.push(words[at + 5]!);
        this.push(this.place(words[at + 3]!));
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        this.push(words[at + 2]!);
        if (side.name(id) !== 0) break;
        for (let row = at + 3, end = row + 3 * side.vlen(id); row < end; row += 3) {
          this.push(this.place(words[row + 1]!));
        }
        break;
    }
    return this.take(from);
  }

  /** All that a named type says, or an anonymous enum, tags included; equal numbers are no difference. */
  definition(id: TypeId): number {
    const { side } = this;
    const { words } = side.types;
    const kind = side.kind(id);
    const at = side.at(id);
    const from = this.top;
    const tags = this.tags(id);
    this.push(DEFINITION);
    this.push(kind === Kind.ENUM64 ? Kind.ENUM : kind);
    this.push(tags);
    if (isComposite(kind)) this.members(id, EXACT, true);
    else if (isEnum(kind)) this.enumerators(id);
    else {
      switch (kind) {
        case Kind.INT:
          this.push(words[at + 2]!);
          this.push(words[at + 3]!);
          break;
        case Kind.FLOAT:
          this.push(words[at + 2]!);
          break;
        case Kind.VAR:
          this.push(words[at + 3]!);
          this.typed(words[at + 2]!);
          break;
        case Kind.TYPEDEF:
          this.typed(words[at + 2]!);
          break;
        case Kind.FUNC:
          this.push(side.vlen(id));
          this.parameters(words[at + 2]!);
          break;
        case Kind.DATASEC:
          this.push(words[at + 2]!);
          for (let row = at + 3, end = row + 3 * side.vlen(id); row < end; row += 3) {
            this.push(side.name(words[row]!));
            this.push(words[row + 1]!);
            this.push(words[row + 2]!);
          }
      }
    }
    return this.take(from);
  }

  /** As `definition`, of a struct or union without its tags. */
  layout(id: TypeId): number {
    const from = this.top;
    this.push(DEFINITION);
    this.members(id, EXACT, true);
    return this.take(from);
  }

  private typed(id: TypeId): void {
    this.push(this.reference(id, EXACT));
    this.push(this.place(id));
  }

  private members(id: TypeId, mode: number, places = false): void {
    const { side } = this;
    const { words } = side.types;
    const at = side.at(id);
    const kflag = kflagOf(words[at + 1]!);
    this.push(words[at + 2]!);
    const end = at + 3 + 3 * vlenOf(words[at + 1]!);
    for (let row = at + 3; row < end; row += 3) {
      this.push(side.names.number(words[row]!));
      this.push(this.reference(words[row + 1]!, mode));
      this.push(bitOffsetOf(words[row + 2]!, kflag));
      this.push(bitfieldSizeOf(words[row + 2]!, kflag));
      if (places) this.push(this.place(words[row + 1]!));
    }
  }

  private enumerators(id: TypeId): void {
    const { side } = this;
    const { words } = side.types;
    const at = side.at(id);
    const signed = kflagOf(words[at + 1]!);
    const wide = side.kind(id) === Kind.ENUM64;
    const step = wide ? 3 : 2;
    this.push(words[at + 2]!);
    this.push(signed ? 1 : 0);
    const end = at + 3 + step * vlenOf(words[at + 1]!);
    for (let row = at + 3; row < end; row += step) {
      const low = words[row + 1]!;
      this.push(side.names.number(words[row]!));
      this.push(low);
      this.push(wide ? words[row + 2]! : signed && low >>> 31 === 1 ? 0xffffffff : 0);
    }
  }

  private parameters(prototype: TypeId): void {
    const { side } = this;
    if (side.kind(prototype) !== Kind.FUNC_PROTO) return;
    const { words } = side.types;
    const at = side.at(prototype);
    this.typed(words[at + 2]!);
    const end = at + 3 + 2 * side.vlen(prototype);
    for (let row = at + 3; row < end; row += 2) {
      this.push(side.names.number(words[row]!));
      this.typed(words[row + 1]!);
    }
  }

  /** Tags of a type whatever their order, 0 for none. */
  private tags(id: TypeId): number {
    const tags = this.side.tags(id);
    if (tags.length === 0) return 0;
    const from = this.top;
    this.push(TAGS);
    for (const tag of [...tags].sort((a, b) => a.component - b.component || a.name - b.name)) {
      this.push(tag.component);
      this.push(tag.name);
    }
    return this.take(from);
  }

  private push(word: number): void {
    if (this.top === this.key.length) {
      const larger = new Uint32Array(this.top * 2);
      larger.set(this.key);
      this.key = larger;
    }
    this.key[this.top++] = word;
  }

  /** The number of the key from `from` on, which leaves the stack. */
  private take(from: number): number {
    const number = this.interner.number(this.key, from, this.top);
    this.top = from;
    return number;
  }
}
