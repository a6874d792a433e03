import { FormatError } from '../bytes/errors.js';

/** Offset of a name: counts through the string sections of all layers, the lowest base first. */
export type StringOffset = number & { readonly __unit?: 'string offset' };

const decoder = new TextDecoder();

/** libbpf's BTF_MAX_STR_OFFSET. */
const MAX_OFFSET = 0x7fffffff;

/** A rule of libbpf's btf_parse_str_sec, in its order. */
export type StringsRule = 'strings-end' | 'strings-start';

/** The first rule that a string section breaks; null where libbpf takes it. `split`: it stands on a base. */
export function stringsBreach(bytes: Uint8Array, split: boolean): StringsRule | null {
  const { length } = bytes;
  if (split && length === 0) return null;
  if (length === 0 || length - 1 > MAX_OFFSET || bytes[length - 1] !== 0) return 'strings-end';
  return !split && bytes[0] !== 0 ? 'strings-start' : null;
}

/** The string section of one layer, standing on those of its bases. Decodes on demand. */
export class Strings {
  /** This layer's section as it is in the blob: NUL-terminated strings. */
  readonly bytes: Uint8Array;
  /** Offset of `bytes[0]`. */
  readonly start: number;
  /** First offset past this layer. */
  readonly end: number;
  readonly base: Strings | null;
  private readonly decoded = new Map<number, string>();

  /** Throws FormatError unless the section is what libbpf's btf_parse_str_sec takes. */
  constructor(bytes: Uint8Array, base: Strings | null) {
    const breach = stringsBreach(bytes, base !== null);
    if (breach === 'strings-end') {
      const problem = bytes.length === 0 ? 'empty' : 'does not end in NUL';
      throw new FormatError(problem, { section: 'strings' });
    }
    if (breach === 'strings-start') {
      throw new FormatError('does not start with an empty string: split BTF, to be read on its base?', {
        section: 'strings',
        offset: 0,
      });
    }
    this.bytes = bytes;
    this.base = base;
    this.start = base === null ? 0 : base.end;
    this.end = this.start + bytes.length;
  }

  /** The layer whose bytes hold `offset`, which must be below `end`. */
  layer(offset: StringOffset): Strings {
    let layer: Strings = this;
    while (offset < layer.start && layer.base !== null) layer = layer.base;
    return layer;
  }

  /** The string at `offset` as UTF-8; what is not UTF-8 comes out as U+FFFD. Throws RangeError past the end. */
  get(offset: StringOffset): string {
    if (!(offset >= 0 && offset < this.end))
      throw new RangeError(`string offset ${offset}, strings end at ${this.end}`);
    const layer = this.layer(offset);
    let text = layer.decoded.get(offset);
    if (text === undefined) {
      const at = offset - layer.start;
      text = decoder.decode(layer.bytes.subarray(at, layer.bytes.indexOf(0, at)));
      layer.decoded.set(offset, text);
    }
    return text;
  }

  isEmpty(offset: StringOffset): boolean {
    const layer = this.layer(offset);
    return layer.bytes[offset - layer.start] === 0;
  }

  /** Whether the string at `offset` is exactly `name` (without NUL). */
  equals(offset: StringOffset, name: Uint8Array): boolean {
    const layer = this.layer(offset);
    const bytes = layer.bytes;
    const at = offset - layer.start;
    for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
    return bytes[at + name.length] === 0;
  }

  /** strcmp of the strings at two offsets: negative, 0 or positive, by unsigned bytes. */
  compare(a: StringOffset, b: StringOffset): number {
    if (a === b) return 0;
    const left = this.layer(a);
    const right = this.layer(b);
    let i = a - left.start;
    let j = b - right.start;
    for (;;) {
      const x = left.bytes[i++]!;
      const y = right.bytes[j++]!;
      if (x !== y) return x - y;
      if (x === 0) return 0;
    }
  }

  /** strcmp of the string at `offset` with `name` (without NUL). */
  compareTo(offset: StringOffset, name: Uint8Array): number {
    const layer = this.layer(offset);
    let at = offset - layer.start;
    for (let i = 0; i < name.length; i++) {
      const byte = layer.bytes[at++]!;
      if (byte !== name[i]) return byte - name[i]!;
    }
    return layer.bytes[at]!;
  }
}
