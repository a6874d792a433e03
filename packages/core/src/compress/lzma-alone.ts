import { brokenLzma, LzmaDecoder } from './lzma.js';
import { Output } from './output.js';

const HEADER = 13;

export interface UnlzmaOptions {
  /** Most bytes of output to accept. */
  readonly limit?: number;
}

/** Do these bytes start like a .lzma file of usual settings: lc=3 lp=0 pb=2, a dictionary of 2^n, unknown size? */
export function isLzmaAlone(bytes: Uint8Array): boolean {
  return bytes.length > HEADER && bytes[0] === 0x5d && bytes[1] === 0 && bytes[2] === 0 && bytes[13] === 0;
}

/** Decompresses .lzma (lzma-specification.txt, "lzma file format"), which older kernel images are made with. */
export function unlzma(bytes: Uint8Array, options: UnlzmaOptions = {}): Uint8Array {
  if (bytes.length < HEADER) brokenLzma('cut off in the header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const claimed = view.getBigUint64(5, true);
  const output = new Output(options.limit, bytes.length);
  const decoder = new LzmaDecoder(output, Math.max(view.getUint32(1, true), 4096));
  decoder.setProperties(bytes[0]);
  decoder.decode(bytes, HEADER, bytes.length, claimed === 0xffffffffffffffffn ? undefined : Number(claimed));
  return output.finish();
}
