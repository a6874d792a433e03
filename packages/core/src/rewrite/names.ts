import type { StringOffset, Strings } from '../btf/index.js';

const decoder = new TextDecoder();

/** The name at an offset as a text of one unit for each byte, whatever the encoding: as good a key as its bytes. */
export function nameAt(strings: Strings, offset: StringOffset): string {
  const { bytes, start } = strings.layer(offset);
  return textOf(bytes.subarray(offset - start, bytes.indexOf(0, offset - start)));
}

function textOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  // Of the same length and without a replacement character it can only be ASCII.
  if (text.length === bytes.length && !text.includes('\ufffd')) return text;
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  }
  return parts.join('');
}

/** Bytes [from, to) of a layer, to be copied. */
interface Piece {
  readonly layer: Strings;
  readonly from: number;
  to: number;
}

/**
 * A new string section with each content once, in order of first use, as libbpf's btf__add_str makes it. The engine's
 * slices and Maps look at names long before loops over bytes are optimised.
 */
export class NameMover {
  /** Length of the section so far. */
  end = 1;
  private readonly strings: Strings;
  /** Own strings, most of which will be wanted. */
  private readonly text: string;
  private readonly offsets = new Map([['', 0]]);
  /** New offset + 1 by old one. Of those of a big base few pages are ever touched. */
  private readonly known: Uint32Array;
  private readonly pieces: Piece[] = [];

  constructor(strings: Strings) {
    this.strings = strings;
    this.text = textOf(strings.bytes);
    this.known = new Uint32Array(strings.end);
  }

  /** The new offset of the name at an old one. */
  move(offset: number): number {
    const known = this.known[offset];
    if (known !== 0) return known - 1;
    const name = this.textAt(offset);
    let moved = this.offsets.get(name);
    if (moved === undefined) {
      moved = this.append(offset, name.length + 1);
      this.offsets.set(name, moved);
    }
    this.known[offset] = moved + 1;
    return moved;
  }

  private textAt(offset: StringOffset): string {
    const start = offset - this.strings.start;
    if (start < 0) return nameAt(this.strings, offset);
    return this.text.slice(start, this.text.indexOf('\0', start));
  }

  private append(offset: number, length: number): number {
    const layer = this.strings.layer(offset);
    const from = offset - layer.start;
    const last = this.pieces.at(-1);
    if (last !== undefined && last.layer === layer && last.to === from) last.to = from + length;
    else this.pieces.push({ layer, from, to: from + length });
    const moved = this.end;
    this.end += length;
    return moved;
  }

  take(): Uint8Array {
    const bytes = new Uint8Array(this.end);
    let at = 1;
    for (const { layer, from, to } of this.pieces) {
      bytes.set(layer.bytes.subarray(from, to), at);
      at += to - from;
    }
    return bytes;
  }
}
