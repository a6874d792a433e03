import { FormatError } from '../bytes/index.js';
import { Output } from './output.js';
import { xxh64Low } from './xxh64.js';
import { BlockDecoder, MAX_BLOCK } from './zstd-block.js';
import { broken } from './zstd-entropy.js';

export interface UnzstdOptions {
  /** Most bytes of output to accept. */
  readonly limit?: number;
  /** Stop after the first frame and accept anything behind it. */
  readonly firstOnly?: boolean;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;

const BLOCK_RAW = 0;
const BLOCK_RLE = 1;
const BLOCK_COMPRESSED = 2;

/**
 * Decompresses Zstandard (RFC 8878): all frames, checksums verified, no dictionaries. The output itself is the
 * window, so a frame's claims about its window or content size allocate nothing.
 */
export function unzstd(bytes: Uint8Array, options: UnzstdOptions = {}): Uint8Array {
  const output = new Output(options.limit, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) broken('cut off in a frame header');
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === SKIPPABLE_MAGIC) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > bytes.length) broken('cut off in a skippable frame');
      continue;
    }
    if (magic !== MAGIC) broken(`no frame at offset 0x${at.toString(16)}`);
    at = readFrame(bytes, view, at + 4, output);
    if (options.firstOnly) break;
  }
  return output.finish();
}

/** Section 3.1.1, "Zstandard Frames", after the magic number; returns the offset behind the frame. */
function readFrame(bytes: Uint8Array, view: DataView, start: number, output: Output): number {
  const descriptor = bytes[start];
  const singleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 4) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const contentFlag = descriptor >> 6;
  const contentBytes = contentFlag === 0 ? (singleSegment ? 1 : 0) : 1 << contentFlag;
  if ((descriptor & 8) !== 0) broken('a reserved bit of the frame header is set');
  let at = start + 1;
  const headerEnd = at + (singleSegment ? 0 : 1) + dictionaryBytes + contentBytes;
  if (headerEnd > bytes.length) broken('cut off in a frame header');

  let windowSize = 0;
  if (!singleSegment) {
    const base = 2 ** (10 + (bytes[at] >> 3));
    windowSize = base + (base / 8) * (bytes[at] & 7);
    at++;
  }
  for (let i = 0; i < dictionaryBytes; i++) {
    if (bytes[at++] !== 0) throw new FormatError('zstd data that needs a dictionary is not supported');
  }
  let contentSize: number | undefined;
  if (contentBytes === 1) contentSize = bytes[at];
  else if (contentBytes === 2) contentSize = view.getUint16(at, true) + 256;
  else if (contentBytes === 4) contentSize = view.getUint32(at, true);
  else if (contentBytes === 8) contentSize = Number(view.getBigUint64(at, true));
  if (singleSegment) windowSize = contentSize ?? 0;

  const frameStart = output.length;
  at = readBlocks(bytes, headerEnd, new BlockDecoder(output, windowSize), output);
  const size = output.length - frameStart;
  if (contentSize !== undefined && size !== contentSize) {
    broken(`a frame gives ${size} bytes, its header says ${contentSize}`);
  }
  if (!hasChecksum) return at;
  if (at + 4 > bytes.length) broken('cut off before the checksum');
  const content = output.bytes.subarray(frameStart, output.length);
  if (view.getUint32(at, true) !== xxh64Low(content)) broken('the checksum does not match');
  return at + 4;
}

/** Section 3.1.1.2, "Blocks", to the last one; returns the offset behind it. */
function readBlocks(bytes: Uint8Array, start: number, decoder: BlockDecoder, output: Output): number {
  for (let at = start; ; ) {
    if (at + 3 > bytes.length) broken('cut off in a block header');
    const header = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    at += 3;
    const stored = type === BLOCK_RLE ? 1 : size;
    if (size > MAX_BLOCK) broken(`a block of ${size} bytes`);
    if (at + stored > bytes.length) broken('cut off in a block');
    if (type === BLOCK_RAW) output.append(bytes.subarray(at, at + size));
    else if (type === BLOCK_RLE) output.appendRepeated(bytes[at], size);
    else if (type === BLOCK_COMPRESSED) decoder.decode(bytes.subarray(at, at + size));
    else broken('a block of the reserved type');
    at += stored;
    if ((header & 1) !== 0) return at;
  }
}
