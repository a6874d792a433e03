import { FormatError } from '../bytes/errors.js';
import type { Btf } from './btf.js';
import { CLASSIC_HEADER, LAYOUT_HEADER } from './header.js';
import { swapWords } from './words.js';

/**
 * The same blob in the other byte order. Header length, section order, gaps and strings stay, so the bytes are
 * determined; libbpf's btf__set_endianness gives the same. Throws FormatError where the header has fields that
 * are unknown, whose words cannot be told from bytes.
 */
export function swapByteOrder(btf: Btf): Uint8Array {
  const { header } = btf;
  if (header.hasUnknownFields) {
    throw new FormatError(`unknown fields in a header of ${header.headerLength} bytes cannot be swapped`, {
      file: btf.name,
      section: 'BTF header',
      offset: LAYOUT_HEADER,
    });
  }
  const bytes = new Uint8Array(btf.bytes);
  bytes.subarray(0, 2).reverse();
  // As libbpf does it, the fields of a layout are swapped where they are all there.
  const whole = header.headerLength < LAYOUT_HEADER ? CLASSIC_HEADER : LAYOUT_HEADER;
  swapWords(bytes.subarray(4, Math.min(header.headerLength, whole)));
  const section = (offset: number, length: number) =>
    bytes.subarray(header.headerLength + offset, header.headerLength + offset + length);
  swapWords(section(header.typeOffset, header.typeLength));
  const layout = section(header.layoutOffset, header.layoutLength);
  // Rows are two bytes and a u16.
  for (let at = 0; at < layout.length; at += 4) layout.subarray(at + 2, at + 4).reverse();
  return bytes;
}
