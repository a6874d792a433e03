import type { StringOffset } from './strings.js';

const encoder = new TextEncoder();

/** A string section under construction: each string once, offsets in order of first use. */
export class StringSet {
  private readonly start: number;
  private readonly known: Map<string, StringOffset>;
  private bytes = new Uint8Array(1024);
  private length = 0;

  /** `start`: where the base's strings end; a layer without base (0) begins with the empty string. */
  constructor(start: number) {
    this.start = start;
    this.known = new Map([['', 0]]);
    if (start === 0) this.length = 1;
  }

  /** The offset of `text`, added if it is new. Throws RangeError for a string with NUL inside. */
  add(text: string): StringOffset {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const bytes = encoder.encode(text);
    if (bytes.includes(0)) throw new RangeError(`a name cannot hold NUL: ${JSON.stringify(text)}`);
    while (this.length + bytes.length + 1 > this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    const offset = this.start + this.length;
    this.bytes.set(bytes, this.length);
    this.length += bytes.length + 1;
    this.known.set(text, offset);
    return offset;
  }

  /** A copy of the section. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
