import { FormatError } from '../bytes/index.js';
import { Form } from './constants.js';
import { type Encoding, formSize } from './forms.js';

/** A cursor over `.debug_abbrev`. Out-of-range reads throw FormatError. */
export class AbbrevReader {
  at: number;
  readonly section: Uint8Array;

  constructor(section: Uint8Array, offset: number) {
    this.section = section;
    this.at = offset;
    if (offset > section.length) throw this.error(offset, `the section has ${section.length} bytes`);
  }

  error(offset: number, problem: string): FormatError {
    return new FormatError(problem, { section: '.debug_abbrev', offset });
  }

  byte(): number {
    if (this.at >= this.section.length) throw this.error(this.at, 'an abbreviation runs past the end');
    return this.section[this.at++]!;
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
      throw error instanceof FormatError ? error.within({ section: '.debug_abbrev', offset: at }) : error;
    }
  }

  /** Steps over tag, children flag and all pairs up to the (0, 0) that ends a declaration; their hash. */
  skipDeclaration(seed: number): number {
    const { section } = this;
    const start = this.at;
    let at = start;
    while (section[at++]! >= 0x80);
    at++;
    for (;;) {
      const attribute = section[at];
      while (section[at++]! >= 0x80);
      const form = section[at];
      while (section[at++]! >= 0x80);
      if (form === Form.implicit_const) while (section[at++]! >= 0x80);
      // Past the end, undefined ends it too.
      if (!attribute && !form) break;
    }
    if (at > section.length) throw this.error(start, 'an abbreviation runs past the end');
    this.at = at;
    let hash = seed;
    for (let i = start; i < at; i++) hash = Math.imul(hash ^ section[i]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
