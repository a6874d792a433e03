import { FormatError } from '../bytes/index.js';
import { Output } from './output.js';

export interface Unlz4Options {
  /** Most bytes of output to accept. */
  readonly limit?: number;
  /** A block that runs past the end is no error but something else that follows, such as a kernel image's size. */
  readonly trailing?: boolean;
}

const LEGACY_MAGIC = 0x184c2102;
/** Every block but the last decodes to this size (LZ4 frame format, "Legacy frame"). */
const LEGACY_BLOCK = 8 * 1024 * 1024;

function broken(problem: string, offset: number): never {
  throw new FormatError(`broken lz4 data: ${problem}`, { offset });
}

/** Decompresses LZ4's legacy frame (`lz4 -l`), the only one that the kernel's own decompressor reads. */
export function unlz4Legacy(bytes: Uint8Array, options: Unlz4Options = {}): Uint8Array {
  const output = new Output(options.limit, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0, true) !== LEGACY_MAGIC) broken('no legacy frame', 0);
  for (let at = 4; at < bytes.length; ) {
    if (at + 4 > bytes.length) broken('cut off in a block size', at);
    const size = view.getUint32(at, true);
    at += 4;
    if (size === LEGACY_MAGIC) continue;
    if (options.trailing && at + size > bytes.length) break;
    if (at + size > bytes.length) broken(`a block of ${size} bytes runs past the end`, at - 4);
    decodeBlock(bytes, at, at + size, output);
    at += size;
  }
  return output.finish();
}

/** LZ4 block format: token, literals, match, until the last literals. */
function decodeBlock(bytes: Uint8Array, start: number, end: number, output: Output): void {
  const blockStart = output.length;
  let at = start;
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= end) broken('cut off in a length', at);
      byte = bytes[at++];
    }
    return length;
  };
  while (at < end) {
    const token = bytes[at++];
    const literals = readLength(token >> 4);
    if (at + literals > end) broken('literals run past the block', at);
    output.append(bytes.subarray(at, at + literals));
    at += literals;
    if (at === end) return;
    if (at + 2 > end) broken('cut off in a match', at);
    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    const length = readLength(token & 15) + 4;
    const soFar = output.length - blockStart;
    if (distance === 0 || distance > soFar) broken(`a match ${distance} bytes back`, at - 2);
    if (soFar + length > LEGACY_BLOCK) broken('a block of more than 8 MiB', at);
    output.copyBack(distance, length);
  }
}
