import { Kind, vlenOf } from '../btf/index.js';
import type { ByteWriter } from '../print/byte-writer.js';
import { NameCounts } from './name-counts.js';
import type { Types } from './types.js';

/** libbpf makes a numbered name in a buffer of 256 bytes, NUL included, and cuts what is longer. */
const LONGEST_NUMBERED = 255;
const MARK = new TextEncoder().encode('___');

/**
 * What types are called in C. The first type of a name that is written has the name to itself, the next ones get a number
 * (`foo___2`), and keep it (btf_dump.c, btf_dump_resolve_name). Structs, unions and enums have one space of names, typedefs
 * another, which they share with enumerators.
 */
export class Names {
  private readonly types: Types;
  private readonly tags: NameCounts;
  private readonly identifiers: NameCounts;
  /** By id: which of its name, from 1; 0 while it was not asked for. */
  private readonly numbers: Uint32Array;

  constructor(types: Types) {
    this.types = types;
    this.tags = new NameCounts(types);
    this.identifiers = new NameCounts(types);
    this.numbers = new Uint32Array(types.endId);
  }

  /** The name of a struct, union, enum or FWD; nothing for anonymous ones. */
  writeTag(out: ByteWriter, id: number): void {
    this.write(out, id, this.tags);
  }

  /** The name of a typedef. */
  writeIdentifier(out: ByteWriter, id: number): void {
    this.write(out, id, this.identifiers);
  }

  /** Counts an enumerator's name once more, and returns which of that name it is, from 1. */
  enumerator(nameOff: number): number {
    return this.identifiers.next(nameOff);
  }

  private write(out: ByteWriter, id: number, space: NameCounts): void {
    const { types } = this;
    const nameOff = types.nameOff(id);
    if (nameOff === 0) return;
    let number = this.numbers[id]!;
    if (number === 0) {
      number = this.isDeclaration(id) ? 1 : space.next(nameOff);
      this.numbers[id] = number;
    }
    if (number === 1) out.cString(types.strings, nameOff);
    else this.writeNumbered(out, nameOff, number);
  }

  /** Says only that there is such a type: as often as one likes, always by the plain name. */
  private isDeclaration(id: number): boolean {
    const { types } = this;
    const kind = types.kinds[id];
    return kind === Kind.FWD || (kind === Kind.ENUM && vlenOf(types.words[types.records[id]! + 1]!) === 0);
  }

  private writeNumbered(out: ByteWriter, nameOff: number, number: number): void {
    const { strings } = this.types;
    const length = strings.indexOf(0, nameOff) - nameOff;
    if (length + MARK.length + 10 <= LONGEST_NUMBERED) {
      out.cString(strings, nameOff);
      out.constant(MARK);
      out.uint(number);
      return;
    }
    const tail = new TextEncoder().encode(`___${number}`);
    const text = new Uint8Array(length + tail.length);
    text.set(strings.subarray(nameOff, nameOff + length));
    text.set(tail, length);
    out.text(text.subarray(0, LONGEST_NUMBERED));
  }
}
