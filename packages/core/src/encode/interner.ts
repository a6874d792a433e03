import { IntEncoding, Kind, MAX_VLEN } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { NameTokens } from './name-tokens.js';
import type { Names } from './names.js';
import type { OffsetIndex } from './offset-index.js';
import type { Store } from './store.js';
import { ALIAS, grown, NOTHING, packBitfield, type UnitTypes, VOID_REFERENCE } from './unit-types.js';

const UNKNOWN = -1;
const BUSY = -2;
const KFLAG = 1 << 31;
/** Deeper than any chain of types in C; it bounds recursion. */
const MAX_DEPTH = 1000;

/** What goes into messages about a row. */
export interface Place {
  readonly file: string;
  readonly section: string;
  /** Section offset of the header that row offsets count from. */
  readonly base: number;
}

/**
 * Turns rows of UnitTypes into nodes of the store, bottom-up. Member rows are used up by that: their references
 * become nodes in place, so a unit is scanned again before it is interned again.
 */
export class Interner {
  /** Names of ENUM64s of the unit at hand. */
  readonly wideEnums = new Set<number>();
  private readonly types: UnitTypes;
  private readonly index: OffsetIndex;
  private readonly store: Store;
  private readonly names: Names;
  private readonly tokens: NameTokens;
  private nodes = new Int32Array(16);
  private depth = 0;
  private intName = 0;
  private place: Place = { file: '', section: '', base: 0 };
  /** See tellApart; rare. */
  private alternatives: ReadonlyMap<number, number> = new Map();

  constructor(types: UnitTypes, index: OffsetIndex, store: Store, names: Names, tokens: NameTokens) {
    this.types = types;
    this.index = index;
    this.store = store;
    this.names = names;
    this.tokens = tokens;
  }

  /** Forgets the nodes of rows from `from` on; call it before the first row of a unit is asked for. */
  begin(from: number, place: Place): void {
    if (this.types.count > this.nodes.length) this.nodes = grown(this.nodes, this.types.kind.length);
    this.nodes.fill(UNKNOWN, from, this.types.count);
    this.place = place;
    this.depth = 0;
    this.intName = this.names.internText('int');
    if (this.wideEnums.size > 0) this.wideEnums.clear();
  }

  /** Notes the ENUM64s of a group of units before the first of these is looked at. */
  noteWideEnums(from: number, to: number): void {
    const { kind, name } = this.types;
    for (let row = from; row < to; row++) {
      if (kind[row] === Kind.ENUM64 && name[row] !== 0) this.wideEnums.add(this.nodeOf(row));
    }
  }

  /** Rows of the unit at hand whose name means another type than elsewhere in it, with a number for each. */
  tellApart(alternatives: ReadonlyMap<number, number>): void {
    this.alternatives = alternatives;
  }

  /** The node that a reference leads to; 0 for void. FormatError where no type DIE begins there. */
  nodeOfReference(reference: number): number {
    return reference === VOID_REFERENCE ? 0 : this.nodeOf(this.rowOf(reference));
  }

  /** The node that stands for a row where others refer to it: a named struct, union or enum by its name alone. */
  nodeOf(row: number): number {
    const node = this.nodes[row]!;
    if (node >= 0) return node;
    if (node === BUSY) throw this.error(row, 'a type that is made of itself');
    if (++this.depth > MAX_DEPTH) throw this.error(row, `types nest deeper than ${MAX_DEPTH}`);
    this.nodes[row] = BUSY;
    const made = this.make(row);
    this.nodes[row] = made;
    this.depth--;
    return made;
  }

  /** The node of what a row defines: of the struct itself, where `nodeOf` gives its name. */
  definitionOf(row: number): number {
    const node = this.nodeOf(row);
    return this.types.name[row] !== 0 && this.isNameable(row) ? this.content(row, node) : node;
  }

  /** Told by the row: its node's record is elsewhere in memory, and this is asked for every type. */
  private isNameable(row: number): boolean {
    const kind = this.types.kind[row];
    return kind === Kind.STRUCT || kind === Kind.UNION || kind === Kind.ENUM || kind === Kind.ENUM64;
  }

  private rowOf(reference: number): number {
    if (reference < VOID_REFERENCE) return -2 - reference;
    const row = this.index.get(reference);
    if (row < 0) {
      const { file, section, base } = this.place;
      throw new FormatError('a reference leads here, where no type begins', {
        file,
        section,
        offset: base + reference,
      });
    }
    return row;
  }

  private error(row: number, problem: string): FormatError {
    const { file, section, base } = this.place;
    return new FormatError(problem, { file, section, offset: base + this.types.offset[row]! });
  }

  private target(row: number): number {
    return this.nodeOfReference(this.types.reference[row]!);
  }

  private make(row: number): number {
    const { types, store } = this;
    const kind = types.kind[row]!;
    switch (kind) {
      case Kind.PTR:
        return store.pointer(this.target(row));
      case Kind.CONST:
        return store.constant(this.target(row));
      case Kind.STRUCT:
      case Kind.UNION:
        return types.name[row] === 0 ? this.content(row, 0) : this.named(kind, row);
      case Kind.ENUM:
      case Kind.ENUM64:
        return types.name[row] === 0 ? this.content(row, 0) : this.named(Kind.ENUM, row);
      case Kind.ARRAY:
        return this.array(row);
      case Kind.FUNC_PROTO:
        return this.prototype(row);
      case Kind.INT:
        return this.integer(row);
      case Kind.FLOAT:
        return this.float(row);
      case ALIAS:
        return this.target(row);
      case NOTHING:
        return 0;
      default:
        return store.plain(kind, types.name[row], this.target(row));
    }
  }

  private named(kind: number, row: number): number {
    return this.store.named(kind, this.types.name[row]!, this.alternatives.get(row) ?? 0);
  }

  private content(row: number, named: number): number {
    const kind = this.types.kind[row]!;
    return kind === Kind.STRUCT || kind === Kind.UNION
      ? this.struct(row, kind, named)
      : this.enumeration(row, kind, named);
  }

  private array(row: number): number {
    const element = this.target(row);
    // pahole takes "int" for the index type of every array, whatever the subrange says.
    const index = this.store.integer(this.intName, 4, IntEncoding.SIGNED);
    return this.store.array(element, index, this.types.size[row]! | 0);
  }

  private integer(row: number): number {
    const { types, store } = this;
    const size = types.size[row]!;
    // DW_OP_convert operands: integers of any width, which BTF has no use for and the kernel refuses.
    if (size === 0 || size > 16 || (size & (size - 1)) !== 0) {
      return store.integer(this.names.internText('__SANITIZED_FAKE_INT__'), 4, types.encoding[row]!);
    }
    return store.integer(types.name[row]!, size, types.encoding[row]!);
  }

  private float(row: number): number {
    const size = this.types.size[row]!;
    if (![2, 4, 8, 12, 16].includes(size)) throw this.error(row, `a floating point type of ${size} bytes`);
    return this.store.plain(Kind.FLOAT, this.types.name[row]!, size);
  }

  private struct(row: number, kind: number, named: number): number {
    const { types, store } = this;
    const first = types.first[row]!;
    const end = first + this.vlen(row);
    const info = (types.encoding[row]! << 31) | (kind << 24) | (end - first);
    const size = types.size[row]! | 0;
    if (types.wantSize.size > 0) this.addSizes(row, first, end);
    if (named !== 0 && this.isNewest(named, info, size, first)) return store.link[named]!;
    this.resolveMembers(first, end);
    if (named !== 0) {
      const known = store.findMembers(named, info, size, types, first, this.tokens);
      if (known !== 0) return known;
    }
    store.begin(types.name[row]!, info, size, 3 * (end - first));
    for (let i = first; i < end; i++) {
      store.push(this.tokens.nameOf(types.memberName[i]!));
      store.push(types.memberReference[i]!);
      store.push(types.memberOffset[i]!);
    }
    return named === 0 ? store.finish() : store.addDefinition(named);
  }

  /**
   * Are the members from row `first` on those of the newest definition of `named`? Nearly always: then all that is
   * done for a struct is this comparison.
   */
  private isNewest(named: number, info: number, size: number, first: number): boolean {
    const { types, store, tokens, nodes, index } = this;
    const node = store.link[named]!;
    if (node === 0) return false;
    const { memberName, memberReference, memberOffset } = types;
    let { words } = store;
    let at = store.at[node]!;
    if (words[at + 1] !== info || words[at + 2] !== size) return false;
    const end = store.at[node + 1]!;
    at += 3;
    for (let i = first; at < end; at += 3, i++) {
      if (words[at + 2] !== memberOffset[i] || !tokens.means(memberName[i]!, words[at]!)) return false;
      const reference = memberReference[i]!;
      const row = reference >= 0 ? index.get(reference) : -1;
      let child = row >= 0 ? nodes[row]! : -1;
      if (child < 0) {
        child = this.nodeOfReference(reference);
        words = store.words;
      }
      if (child !== words[at + 1]) return false;
    }
    return true;
  }

  /** Turns the references of member rows into nodes, in place. */
  private resolveMembers(first: number, end: number): void {
    const { types } = this;
    for (let i = first; i < end; i++)
      types.memberReference[i] = this.nodeOfReference(types.memberReference[i]!);
  }

  /**
   * Completes bitfields whose offset counts from the end of their type, now that the whole unit was read. Their own
   * unit says how large that is: an enum of the same name may have another size elsewhere.
   */
  private addSizes(row: number, first: number, end: number): void {
    const { types } = this;
    for (let i = first; i < end; i++) {
      const bits = types.wantSize.get(i);
      if (bits === undefined) continue;
      const offset = types.memberOffset[i] + 8 * this.scalarSize(types.memberReference[i]);
      const word = packBitfield(offset, bits);
      if (word === undefined)
        throw this.error(row, `a bitfield of ${bits} bits at bit ${offset}, which BTF cannot say`);
      types.memberOffset[i] = word;
      types.wantSize.delete(i);
    }
  }

  /** Size in bytes of an integer or enumeration behind typedefs and qualifiers. */
  private scalarSize(reference: number): number {
    const { types } = this;
    for (let depth = 0; depth < MAX_DEPTH && reference !== VOID_REFERENCE; depth++) {
      const row = this.rowOf(reference);
      switch (types.kind[row]) {
        case Kind.TYPEDEF:
        case Kind.CONST:
        case Kind.VOLATILE:
        case ALIAS:
          reference = types.reference[row];
          break;
        default:
          return types.size[row];
      }
    }
    return 0;
  }

  private enumeration(row: number, kind: number, named: number): number {
    const { types, store } = this;
    const first = types.first[row]!;
    const count = this.vlen(row);
    const wide = kind === Kind.ENUM64;
    if (wide) this.wideEnums.add(named);
    const signed = wide ? this.isSigned(types.reference[row]!) : types.encoding[row] !== 0;
    const width = wide ? 3 : 2;
    const info = (signed ? KFLAG : 0) | (kind << 24) | count;
    const size = types.size[row]!;
    if (named !== 0) {
      const known = store.findEnumerators(named, info, size, types, first, width, this.tokens);
      if (known !== 0) return known;
    }
    store.begin(types.name[row]!, info, size, width * count);
    for (let i = first; i < first + count; i++) {
      store.push(this.tokens.nameOf(types.memberName[i]!));
      store.push(types.memberOffset[i]!);
      if (wide) store.push(types.memberHigh[i]!);
    }
    return named === 0 ? store.finish() : store.addDefinition(named);
  }

  /** Signedness of a wide enumeration: that of the integer type that its DW_AT_type names, maybe by a typedef. */
  private isSigned(reference: number): boolean {
    const { store } = this;
    let node = this.nodeOfReference(reference);
    while (
      store.kind(node) === Kind.TYPEDEF ||
      store.kind(node) === Kind.CONST ||
      store.kind(node) === Kind.VOLATILE
    ) {
      node = store.third(node);
    }
    return store.kind(node) === Kind.INT && store.words[store.at[node]! + 3]! >>> 24 === IntEncoding.SIGNED;
  }

  /** Members, enumerators or parameters of a row. FormatError for more than BTF can count. */
  private vlen(row: number): number {
    const count = this.types.members[row]!;
    // One is kept for the "..." of a prototype.
    if (count >= MAX_VLEN) throw this.error(row, `a type of ${count} members`);
    return count;
  }

  private prototype(row: number): number {
    const { types, store } = this;
    const first = types.first[row]!;
    const count = this.vlen(row);
    const variadic = types.encoding[row]!;
    const result = this.target(row);
    this.resolveMembers(first, first + count);
    store.begin(0, (Kind.FUNC_PROTO << 24) | (count + variadic), result, 2 * (count + variadic));
    for (let i = first; i < first + count; i++) {
      store.push(this.tokens.nameOf(types.memberName[i]!));
      store.push(types.memberReference[i]!);
    }
    if (variadic !== 0) {
      store.push(0);
      store.push(0);
    }
    return store.finish();
  }
}
