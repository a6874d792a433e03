import { FormatError } from '../bytes/index.js';
import { Form } from './constants.js';
import { type Encoding, formSize } from './forms.js';

/** A cursor over a piece of `.debug_abbrev`. Reads behind its end throw FormatError. */
export class AbbrevReader {
  /** Index into `bytes`. */
  at = 0;
  /** Was more wanted than the piece has? */
  ranOut = false;
  readonly bytes: Uint8Array;
  /** Size of the whole section. */
  readonly size: number;
  private readonly offset: number;

  /** `bytes`: what stands at `offset` of the section. */
  constructor(bytes: Uint8Array, offset: number, size: number) {
    this.bytes = bytes;
    this.offset = offset;
    this.size = size;
    if (offset > size) throw this.error(0, `the section has ${size} bytes`);
  }

  /** A FormatError at an index of `bytes`. */
  error(at: number, problem: string): FormatError {
    return new FormatError(problem, { section: '.debug_abbrev', offset: this.offset + at });
  }

  private runOut(at: number): FormatError {
    this.ranOut = true;
    return this.error(at, 'an abbreviation runs past the end');
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw this.runOut(this.at);
    return this.bytes[this.at++]!;
  }

  /** Unsigned LEB128 of at most 5 bytes: codes, tags, attributes and forms are small. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.error(this.at, 'a LEB128 number of more than 5 bytes');
  }

  sleb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw this.error(this.at, 'a LEB128 number of more than 10 bytes');
  }

  sizeOf(form: number, encoding: Encoding, at: number): number {
    try {
      return formSize(form, encoding);
    } catch (error) {
      throw error instanceof FormatError ? error.within(this.error(at, '').where) : error;
    }
  }

  /** Steps over tag, children flag and all pairs up to the (0, 0) that ends a declaration; their hash. */
  skipDeclaration(seed: number): number {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    while (bytes[at++]! >= 0x80);
    at++;
    for (;;) {
      const attribute = bytes[at];
      while (bytes[at++]! >= 0x80);
      const form = bytes[at];
      while (bytes[at++]! >= 0x80);
      if (form === Form.implicit_const) while (bytes[at++]! >= 0x80);
      // Past the end, undefined ends it too.
      if (!attribute && !form) break;
    }
    if (at > bytes.length) throw this.runOut(start);
    this.at = at;
    let hash = seed;
    for (let i = start; i < at; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
