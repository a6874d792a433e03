import { FormatError } from '../bytes/index.js';
import { branchFilters } from './bcj.js';
import { crc32, crc64 } from './checks.js';
import { LzmaDecoder } from './lzma.js';
import { Output } from './output.js';

export interface UnxzOptions {
  /** Most bytes of output to accept. */
  readonly limit?: number;
  /** Stop after the first stream and accept anything behind it. */
  readonly firstOnly?: boolean;
}

const STREAM_HEADER = 12;
const STREAM_FOOTER = 12;
const FILTER_DELTA = 3;
const FILTER_LZMA2 = 0x21;

const CHECK_CRC32 = 1;
const CHECK_CRC64 = 4;
/** Bytes of the check of each type (section 2.1.1.2). */
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

function broken(problem: string, offset?: number): never {
  throw new FormatError(`broken xz data: ${problem}`, { offset });
}

/**
 * Decompresses .xz files (the .xz file format specification 1.2): LZMA2 with or without a branch filter before it
 * (x86, PowerPC, ARM, ARM-Thumb, ARM64, SPARC), all blocks and streams. Header checksums, the index, and CRC32 and
 * CRC64 of the content are verified; SHA-256 is not.
 */
export function unxz(bytes: Uint8Array, options: UnxzOptions = {}): Uint8Array {
  const output = new Output(options.limit, bytes.length);
  let at = new StreamReader(bytes, 0, output).read();
  while (!options.firstOnly && at < bytes.length) {
    // Section 2.2, "Stream Padding": zero bytes in fours.
    if (at + 4 <= bytes.length && bytes[at] === 0) {
      if ((bytes[at + 1] | bytes[at + 2] | bytes[at + 3]) !== 0) broken('stream padding is not zero', at);
      at += 4;
    } else at = new StreamReader(bytes, at, output).read();
  }
  return output.finish();
}

interface BlockHeader {
  readonly compressedSize: number | undefined;
  readonly uncompressedSize: number | undefined;
  readonly dictionarySize: number;
  /** Undoes the branch filter on the block's output. */
  readonly filter: ((block: Uint8Array) => void) | undefined;
}

/** Reads one stream (section 2.1). */
class StreamReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #output: Output;
  readonly #start: number;
  #at: number;
  #check = 0;
  /** What the index must say of each block: unpadded size, uncompressed size. */
  readonly #records: number[] = [];

  constructor(bytes: Uint8Array, start: number, output: Output) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#output = output;
    this.#start = start;
    this.#at = start;
  }

  /** Appends the stream's content to the output; returns the offset behind the stream. */
  read(): number {
    this.#readStreamHeader();
    for (;;) {
      this.#need(1);
      if (this.#bytes[this.#at] === 0) break;
      this.#readBlock();
    }
    const indexSize = this.#readIndex();
    this.#readFooter(indexSize);
    return this.#at;
  }

  #need(count: number): void {
    if (!(this.#at + count <= this.#bytes.length)) broken('cut off', this.#bytes.length);
  }

  #verifyCrc32(start: number, end: number, what: string): void {
    if (this.#view.getUint32(end, true) !== crc32(this.#bytes.subarray(start, end))) {
      broken(`the CRC32 of the ${what} does not match`, start);
    }
  }

  /** A multibyte integer (section 1.2) that ends before `limit`. */
  #readNumber(limit: number): number {
    let value = 0;
    for (let i = 0; i < 9; i++) {
      if (this.#at >= limit) broken('a number is cut off', this.#at);
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (byte === 0 && i > 0) broken('a number with leading zeros', this.#at);
        return value;
      }
    }
    broken('a number of more than nine bytes', this.#at);
  }

  #readStreamHeader(): void {
    this.#need(STREAM_HEADER);
    const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];
    if (!magic.every((byte, i) => this.#bytes[this.#start + i] === byte))
      broken('no stream header', this.#start);
    this.#verifyCrc32(this.#start + 6, this.#start + 8, 'stream header');
    const [reserved, check] = this.#bytes.subarray(this.#start + 6, this.#start + 8);
    if (reserved !== 0 || check > 15) broken('reserved stream flags are set', this.#start + 6);
    this.#check = check;
    this.#at += STREAM_HEADER;
  }

  #readBlock(): void {
    const blockStart = this.#at;
    const header = this.#readBlockHeader();
    const outputStart = this.#output.length;
    const dataStart = this.#at;
    const limit =
      header.compressedSize === undefined ? this.#bytes.length : dataStart + header.compressedSize;
    if (!(limit <= this.#bytes.length)) broken('a block runs past the end', blockStart);
    const decoder = new LzmaDecoder(this.#output, header.dictionarySize);
    this.#at = decodeLzma2(this.#bytes, dataStart, limit, decoder, this.#output);
    const compressed = this.#at - dataStart;
    const uncompressed = this.#output.length - outputStart;
    if ((header.compressedSize ?? compressed) !== compressed)
      broken('a block is not of its compressed size', blockStart);
    if ((header.uncompressedSize ?? uncompressed) !== uncompressed) {
      broken(`a block gives ${uncompressed} bytes, its header says ${header.uncompressedSize}`, blockStart);
    }
    const content = this.#output.bytes.subarray(outputStart, this.#output.length);
    header.filter?.(content);
    this.#records.push(this.#at - blockStart + checkSizes[this.#check], uncompressed);
    this.#skipPadding(blockStart);
    this.#verifyCheck(content);
  }

  #skipPadding(start: number): void {
    while (((this.#at - start) & 3) !== 0) {
      this.#need(1);
      if (this.#bytes[this.#at++] !== 0) broken('padding is not zero', this.#at - 1);
    }
  }

  #verifyCheck(content: Uint8Array): void {
    const at = this.#at;
    this.#need(checkSizes[this.#check]);
    this.#at += checkSizes[this.#check];
    let matches = true;
    if (this.#check === CHECK_CRC32) matches = this.#view.getUint32(at, true) === crc32(content);
    else if (this.#check === CHECK_CRC64) {
      const [lo, hi] = crc64(content);
      matches = this.#view.getUint32(at, true) === lo && this.#view.getUint32(at + 4, true) === hi;
    }
    if (!matches) broken("a block's content does not match its check", at);
  }

  /** Section 3.1, "Block Header". */
  #readBlockHeader(): BlockHeader {
    const start = this.#at;
    const crcAt = start + this.#bytes[start] * 4;
    this.#need(this.#bytes[start] * 4 + 4);
    this.#verifyCrc32(start, crcAt, 'block header');
    const flags = this.#bytes[start + 1];
    if ((flags & 0x3c) !== 0) broken('reserved block flags are set', start + 1);
    this.#at = start + 2;
    const compressedSize = flags & 0x40 ? this.#readNumber(crcAt) : undefined;
    const uncompressedSize = flags & 0x80 ? this.#readNumber(crcAt) : undefined;
    let filter: BlockHeader['filter'];
    let dictionarySize: number | undefined;
    const count = (flags & 3) + 1;
    for (let i = 0; i < count; i++) {
      const id = this.#readNumber(crcAt);
      const propertyBytes = this.#readNumber(crcAt);
      const properties = this.#at;
      if (!(properties + propertyBytes <= crcAt)) broken('filter properties are cut off', properties);
      this.#at += propertyBytes;
      if (id === FILTER_LZMA2 && i === count - 1 && propertyBytes === 1) {
        dictionarySize = dictionarySizeOf(this.#bytes[properties]);
      } else if (i === 0 && count === 2) filter = this.#branchFilter(id, properties, propertyBytes);
      else broken(`filter 0x${id.toString(16)} in place ${i + 1} of ${count} is not supported`, start);
    }
    if (dictionarySize === undefined) broken('a block without LZMA2', start);
    while (this.#at < crcAt)
      if (this.#bytes[this.#at++] !== 0) broken('header padding is not zero', this.#at - 1);
    this.#at = crcAt + 4;
    return { compressedSize, uncompressedSize, dictionarySize, filter };
  }

  #branchFilter(id: number, properties: number, propertyBytes: number): BlockHeader['filter'] {
    const known = branchFilters.get(id);
    const name = id === FILTER_DELTA ? 'delta' : known?.name;
    const undo = known?.undo;
    if (undo === undefined) {
      throw new FormatError(`xz filter ${name ?? `0x${id.toString(16)}`} is not supported`, {
        offset: properties,
      });
    }
    if (propertyBytes !== 0 && propertyBytes !== 4) broken('filter properties of a wrong size', properties);
    const origin = propertyBytes === 4 ? this.#view.getUint32(properties, true) : 0;
    return block => undo(block, origin);
  }

  /** Section 4, "Index": it must repeat what the blocks were; returns its size. */
  #readIndex(): number {
    const start = this.#at++;
    const limit = this.#bytes.length;
    const count = this.#readNumber(limit);
    if (count * 2 !== this.#records.length)
      broken(`the index lists ${count} blocks of ${this.#records.length / 2}`, start);
    for (const expected of this.#records) {
      if (this.#readNumber(limit) !== expected) broken('the index disagrees with the blocks', start);
    }
    this.#skipPadding(start);
    this.#need(4);
    this.#verifyCrc32(start, this.#at, 'index');
    this.#at += 4;
    return this.#at - start;
  }

  /** Section 2.1.2, "Stream Footer". */
  #readFooter(indexSize: number): void {
    const at = this.#at;
    this.#need(STREAM_FOOTER);
    const expected = crc32(this.#bytes.subarray(at + 4, at + 10));
    if (this.#view.getUint32(at, true) !== expected)
      broken('the CRC32 of the stream footer does not match', at);
    if ((this.#view.getUint32(at + 4, true) + 1) * 4 !== indexSize)
      broken('the footer has another index size', at);
    const sameFlags = this.#view.getUint16(at + 8) === this.#check;
    if (!sameFlags || this.#view.getUint16(at + 10) !== 0x595a) broken('no stream footer', at);
    this.#at += STREAM_FOOTER;
  }
}

/** Section 5.3.1: 2^11 + 2^12 · … in half steps; 40 is 4 GiB less one byte. */
function dictionarySizeOf(byte: number): number {
  if (byte > 40) broken(`dictionary size ${byte}`);
  return byte === 40 ? 2 ** 32 - 1 : (2 | (byte & 1)) * 2 ** ((byte >> 1) + 11);
}

/** LZMA2 chunks from `start` to the end mark, which stands before `limit`; returns the offset behind it. */
function decodeLzma2(
  bytes: Uint8Array,
  start: number,
  limit: number,
  decoder: LzmaDecoder,
  output: Output,
): number {
  const u16 = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  let first = true;
  for (let at = start; ; ) {
    if (at >= limit) broken('cut off in LZMA2 chunks', at);
    const control = bytes[at++];
    if (control === 0) return at;
    const isLzma = control >= 0x80;
    const resetsDictionary = control === 1 || control >= 0xe0;
    if (!isLzma && control > 2) broken(`LZMA2 control byte ${control}`, at - 1);
    if (first && !resetsDictionary) broken('the first LZMA2 chunk does not reset the dictionary', at - 1);
    first = false;
    if (resetsDictionary) decoder.resetDictionary();
    if (at + 5 > limit) broken('cut off in an LZMA2 chunk header', at);
    if (!isLzma) {
      const size = u16(at) + 1;
      at += 2;
      if (at + size > limit) broken('cut off in an LZMA2 chunk', at);
      output.append(bytes.subarray(at, at + size));
      at += size;
      continue;
    }
    const size = ((control & 0x1f) << 16) + u16(at) + 1;
    const end = at + 4 + u16(at + 2) + 1;
    at += 4;
    if (control >= 0xc0) decoder.setProperties(bytes[at++]);
    else if (!decoder.hasProperties) broken('an LZMA2 chunk without properties', at);
    else if (control >= 0xa0) decoder.resetState();
    const chunkEnd = control >= 0xc0 ? end + 1 : end;
    if (chunkEnd > limit) broken('cut off in an LZMA2 chunk', at);
    const after = decoder.decode(bytes, at, chunkEnd, size);
    if (after !== chunkEnd || !decoder.finished) broken('an LZMA2 chunk is not of its size', at);
    at = chunkEnd;
  }
}
