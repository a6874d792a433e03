import { Kind, vlenOf } from '../btf/index.js';
import type { ByteWriter } from '../print/byte-writer.js';
import { NameCounts } from './name-counts.js';
import type { Types } from './types.js';

const SEPARATOR = new TextEncoder().encode('___');
/** libbpf numbers the name of a type in a buffer of 256 bytes, the NUL included. */
const LONGEST_NUMBERED = 255;

/**
 * Names as C can have them: structs, unions and enums share one space of names, typedefs and enumerators another, and
 * in each the second and later of a name get a number ("foo___2", libbpf's btf_dump_resolve_name).
 */
export class UniqueNames {
  private readonly types: Types;
  private readonly tags: NameCounts;
  private readonly identifiers: NameCounts;
  /** By id: its number, 0 while it has none. */
  private readonly numbers: Uint32Array;

  constructor(types: Types) {
    this.types = types;
    this.tags = new NameCounts(types);
    this.identifiers = new NameCounts(types);
    this.numbers = new Uint32Array(types.endId);
  }

  /** The number of a type's name, given when it is first asked for; 1 is not written. */
  numberOf(id: number): number {
    const known = this.numbers[id]!;
    if (known !== 0) return known;
    const number = this.find(id);
    this.numbers[id] = number;
    return number;
  }

  private find(id: number): number {
    const { kinds, words, records } = this.types;
    const name = this.types.nameOff(id);
    const kind = kinds[id]!;
    const declares = kind === Kind.FWD || (kind === Kind.ENUM && vlenOf(words[records[id]! + 1]!) === 0);
    if (name === 0 || declares) return 1;
    return (kind === Kind.TYPEDEF ? this.identifiers : this.tags).next(name);
  }

  /** The number of an enumerator's name: each time it is written counts. */
  nextEnumerator(name: number): number {
    return this.identifiers.next(name);
  }

  /** Writes an enumerator's name with its number, whatever its length. */
  writeEnumerator(out: ByteWriter, name: number, number: number): void {
    this.write(out, name, number, Number.POSITIVE_INFINITY);
  }

  /** Writes a name with its number. */
  write(out: ByteWriter, name: number, number: number, longest = LONGEST_NUMBERED): void {
    const { strings } = this.types;
    if (number <= 1) {
      out.cString(strings, name);
      return;
    }
    const digits = new TextEncoder().encode(String(number));
    const length = strings.indexOf(0, name) - name;
    const text = new Uint8Array(length + SEPARATOR.length + digits.length);
    text.set(strings.subarray(name, name + length));
    text.set(SEPARATOR, length);
    text.set(digits, length + SEPARATOR.length);
    out.text(text.subarray(0, longest));
  }
}
