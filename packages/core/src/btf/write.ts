import { CLASSIC_HEADER, LAYOUT_HEADER, MAGIC } from './header.js';
import { KINDS } from './kinds.js';
import type { LayoutEntry } from './shapes.js';
import { wordBytes } from './words.js';

/** A layer's sections, ready to be put together. */
export interface Sections {
  /** Records in host byte order. */
  readonly words: Uint32Array;
  /** NUL-terminated strings of this layer; the first is empty unless there is a base. */
  readonly strings: Uint8Array;
}

export interface WriteOptions {
  /** Default true. */
  readonly littleEndian?: boolean | undefined;
  /** 24 (what all kernels read; default) or 32; always 32 with a layout section. */
  readonly headerLength?: 24 | 32 | undefined;
  /** Rows of the layout section to write, none by default. */
  readonly layout?: readonly LayoutEntry[] | undefined;
}

/** The layout section that describes the built-in kinds below `count` (20: all that libbpf 1.8 knows). */
export function builtinLayout(count = 20): LayoutEntry[] {
  return KINDS.slice(0, count).map(kind => ({
    infoSize: kind.extra * 4,
    elementSize: kind.element * 4,
    flags: 0,
  }));
}

/** Puts a blob together: header, types, layout, strings, in libbpf's order and without gaps. */
export function assemble(sections: Sections, options: WriteOptions = {}): Uint8Array {
  const littleEndian = options.littleEndian ?? true;
  const layout = options.layout ?? [];
  const headerLength = layout.length > 0 ? LAYOUT_HEADER : (options.headerLength ?? CLASSIC_HEADER);
  const typeLength = sections.words.byteLength;
  const layoutLength = layout.length * 4;
  const stringOffset = typeLength + layoutLength;
  const bytes = new Uint8Array(headerLength + stringOffset + sections.strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, littleEndian);
  view.setUint8(2, 1);
  const fields = [headerLength, 0, typeLength, stringOffset, sections.strings.length];
  if (headerLength === LAYOUT_HEADER) fields.push(layout.length > 0 ? typeLength : 0, layoutLength);
  fields.forEach((field, i) => {
    view.setUint32(4 + 4 * i, field, littleEndian);
  });
  bytes.set(wordBytes(sections.words, littleEndian), headerLength);
  layout.forEach((entry, kind) => {
    const at = headerLength + typeLength + 4 * kind;
    view.setUint8(at, entry.infoSize);
    view.setUint8(at + 1, entry.elementSize);
    view.setUint16(at + 2, entry.flags, littleEndian);
  });
  bytes.set(sections.strings, headerLength + stringOffset);
  return bytes;
}
