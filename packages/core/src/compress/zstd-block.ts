import type { Output } from './output.js';
import {
  bitstreamEnd,
  broken,
  buildFseTable,
  type FseTable,
  type HuffmanTable,
  peekBits,
  readFseTable,
  readHuffmanStream,
  readHuffmanTable,
  rleTable,
} from './zstd-entropy.js';

/** Block_Maximum_Size of RFC 8878, section 3.1.1.2.4, for any window that is not smaller. */
export const MAX_BLOCK = 128 * 1024;

const LITERALS_RAW = 0;
const LITERALS_RLE = 1;
const LITERALS_TREELESS = 3;

const MODE_PREDEFINED = 0;
const MODE_RLE = 1;
const MODE_REPEAT = 3;

/** One of the three codes that a sequence consists of (RFC 8878, section 3.1.1.3.2.1). */
interface Code {
  readonly maxAccuracy: number;
  readonly maxSymbol: number;
  readonly predefined: FseTable;
}

// Section 3.1.1.3.2.2, "Default Distributions".
const literalLengthCode: Code = {
  maxAccuracy: 9,
  maxSymbol: 35,
  predefined: buildFseTable(
    6,
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
  ),
};
const matchLengthCode: Code = {
  maxAccuracy: 9,
  maxSymbol: 52,
  predefined: buildFseTable(
    6,
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
  ),
};
const offsetCode: Code = {
  maxAccuracy: 8,
  maxSymbol: 31,
  predefined: buildFseTable(
    5,
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  ),
};

// Section 3.1.1.3.2.1.1: extra bits of each literals length and match length code, and what they are added to.
const literalLengthBits = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14,
  15, 16,
]);
const matchLengthBits = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
  2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const literalLengthBase = baselines(literalLengthBits, 0);
const matchLengthBase = baselines(matchLengthBits, 3);

function baselines(bits: Uint8Array, first: number): Uint32Array {
  const bases = new Uint32Array(bits.length);
  let base = first;
  for (let code = 0; code < bits.length; code++) {
    bases[code] = base;
    base += 1 << bits[code];
  }
  return bases;
}

/** Decodes the compressed blocks of one frame: tables and repeated offsets live from block to block. */
export class BlockDecoder {
  readonly #output: Output;
  /** Where the frame starts in the output: no match reaches before it. */
  readonly #frameStart: number;
  readonly #windowSize: number;
  /** The block at hand with zero bytes behind it, see peekBits. */
  readonly #data = new Uint8Array(MAX_BLOCK + 8);
  readonly #literals = new Uint8Array(MAX_BLOCK);
  #literalCount = 0;
  #huffman: HuffmanTable | undefined;
  #literalLengths: FseTable | undefined;
  #offsets: FseTable | undefined;
  #matchLengths: FseTable | undefined;
  #repeated: [number, number, number] = [1, 4, 8];

  constructor(output: Output, windowSize: number) {
    this.#output = output;
    this.#frameStart = output.length;
    this.#windowSize = windowSize;
  }

  /** Appends what `block`, at most MAX_BLOCK bytes, decodes to: at most MAX_BLOCK bytes. */
  decode(block: Uint8Array): void {
    const data = this.#data;
    data.set(block);
    data.fill(0, block.length, block.length + 8);
    const end = block.length;
    let at = this.#readLiterals(end);
    if (at >= end) broken('a block has no sequences section');
    let count = data[at++];
    if (count >= 128) {
      const long = count === 255;
      count = long ? data[at] + (data[at + 1] << 8) + 0x7f00 : ((count - 128) << 8) + data[at];
      at += long ? 2 : 1;
    }
    if (count === 0) {
      if (at !== end) broken('bytes after the end of a block');
      this.#output.append(this.#literals.subarray(0, this.#literalCount));
      return;
    }
    this.#readSequences(count, this.#readTables(at, end), end);
  }

  /** Section 3.1.1.3.1, "Literals_Section"; returns where the sequences section starts. */
  #readLiterals(end: number): number {
    const data = this.#data;
    if (end === 0) broken('an empty compressed block');
    const type = data[0] & 3;
    const format = (data[0] >> 2) & 3;
    if (type <= LITERALS_RLE) {
      const header = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3;
      const size = header === 1 ? data[0] >> 3 : peekBits(data, 4, header === 2 ? 12 : 20);
      const after = header + (type === LITERALS_RAW ? size : 1);
      if (size > MAX_BLOCK || after > end) broken('literals run past the block');
      this.#literalCount = size;
      if (type === LITERALS_RAW) this.#literals.set(data.subarray(header, after));
      else this.#literals.fill(data[header], 0, size);
      return after;
    }
    const header = format < 2 ? 3 : format + 2;
    const bits = format < 2 ? 10 : format === 2 ? 14 : 18;
    const size = peekBits(data, 4, bits);
    const after = header + peekBits(data, 4 + bits, bits);
    if (size > MAX_BLOCK || after > end) broken('literals run past the block');
    let at = header;
    if (type !== LITERALS_TREELESS) {
      const read = readHuffmanTable(data, at, after);
      this.#huffman = read.table;
      at = read.end;
    }
    if (this.#huffman === undefined) broken('literals without a Huffman table');
    this.#literalCount = size;
    if (format === 0) readHuffmanStream(data, at, after, this.#huffman, this.#literals, 0, size);
    else this.#readFourStreams(at, after, this.#huffman, size);
    return after;
  }

  /** Section 4.2.2: a jump table of three 16-bit sizes, then four streams. */
  #readFourStreams(start: number, end: number, table: HuffmanTable, size: number): void {
    const data = this.#data;
    const each = (size + 3) >> 2;
    if (start + 6 > end || each * 3 > size) broken('literals are too short for four streams');
    let at = start + 6;
    for (let i = 0; i < 4; i++) {
      const next = i < 3 ? at + peekBits(data, (start + 2 * i) * 8, 16) : end;
      if (next > end) broken('a literals stream runs past the block');
      const to = i < 3 ? each * (i + 1) : size;
      readHuffmanStream(data, at, next, table, this.#literals, each * i, to);
      at = next;
    }
  }

  /** The modes byte and the tables that follow it; returns where the sequences' bitstream starts. */
  #readTables(start: number, end: number): number {
    if (start >= end) broken('a block has no sequence modes');
    const modes = this.#data[start];
    if ((modes & 3) !== 0) broken('reserved sequence modes are set');
    let at = start + 1;
    const read = (mode: number, code: Code, last: FseTable | undefined): FseTable => {
      if (mode === MODE_PREDEFINED) return code.predefined;
      if (mode === MODE_REPEAT) return last ?? broken('a table is repeated that was never given');
      if (at >= end) broken('a sequence table is cut off');
      if (mode === MODE_RLE) {
        const symbol = this.#data[at++];
        if (symbol > code.maxSymbol) broken(`sequence code ${symbol}`);
        return rleTable(symbol);
      }
      const { table, end: after } = readFseTable(this.#data, at, end, code.maxAccuracy, code.maxSymbol);
      at = after;
      return table;
    };
    this.#literalLengths = read(modes >> 6, literalLengthCode, this.#literalLengths);
    this.#offsets = read((modes >> 4) & 3, offsetCode, this.#offsets);
    this.#matchLengths = read((modes >> 2) & 3, matchLengthCode, this.#matchLengths);
    return at;
  }

  /** Section 3.1.1.4: decodes `count` sequences from bytes [start, end) and executes them. */
  #readSequences(count: number, start: number, end: number): void {
    const data = this.#data;
    const output = this.#output;
    const literals = this.#literals;
    const { states: llStates, accuracy: llAccuracy } = this.#literalLengths!;
    const { states: ofStates, accuracy: ofAccuracy } = this.#offsets!;
    const { states: mlStates, accuracy: mlAccuracy } = this.#matchLengths!;
    const lowest = start * 8;
    const blockEnd = output.length + MAX_BLOCK;
    let position = bitstreamEnd(data, start, end) - llAccuracy;
    let ll = llStates[peekBits(data, Math.max(position, 0), llAccuracy)];
    position -= ofAccuracy;
    let of = ofStates[peekBits(data, Math.max(position, 0), ofAccuracy)];
    position -= mlAccuracy;
    let ml = mlStates[peekBits(data, Math.max(position, 0), mlAccuracy)];
    let literal = 0;
    for (let left = count; left > 0; left--) {
      const ofCode = of & 0xff;
      const mlCode = ml & 0xff;
      const llCode = ll & 0xff;
      const mlBits = matchLengthBits[mlCode];
      const llBits = literalLengthBits[llCode];
      position -= ofCode;
      if (position - mlBits - llBits < lowest) broken('sequences run out of bits');
      let offsetValue = 1 << ofCode;
      if (ofCode <= 25) offsetValue += peekBits(data, position, ofCode);
      else if (ofCode === 31) broken('a match offset of 2^31 or more');
      else offsetValue += peekBits(data, position, 16) + peekBits(data, position + 16, ofCode - 16) * 65536;
      position -= mlBits;
      const matchLength = matchLengthBase[mlCode] + peekBits(data, position, mlBits);
      position -= llBits;
      const literalLength = literalLengthBase[llCode] + peekBits(data, position, llBits);
      if (left > 1) {
        const llNext = (ll >> 8) & 0xff;
        const mlNext = (ml >> 8) & 0xff;
        const ofNext = (of >> 8) & 0xff;
        if (position - llNext - mlNext - ofNext < lowest) broken('sequences run out of bits');
        position -= llNext;
        ll = llStates[(ll >>> 16) + peekBits(data, position, llNext)];
        position -= mlNext;
        ml = mlStates[(ml >>> 16) + peekBits(data, position, mlNext)];
        position -= ofNext;
        of = ofStates[(of >>> 16) + peekBits(data, position, ofNext)];
      }
      if (literal + literalLength > this.#literalCount) broken('sequences use more literals than there are');
      if (output.length + literalLength + matchLength > blockEnd) broken('a block of more than 128 KiB');
      output.appendFrom(literals, literal, literalLength);
      literal += literalLength;
      const distance = this.#distance(offsetValue, literalLength);
      if (distance > output.length - this.#frameStart || distance > this.#windowSize) {
        broken(`a match ${distance} bytes back, before the start of the window`);
      }
      output.copyBack(distance, matchLength);
    }
    if (position !== lowest) broken('sequences do not use up their bits');
    const rest = this.#literalCount - literal;
    if (output.length + rest > blockEnd) broken('a block of more than 128 KiB');
    output.appendFrom(literals, literal, rest);
  }

  /** Section 3.1.1.5, "Repeat Offsets". */
  #distance(value: number, literalLength: number): number {
    const repeated = this.#repeated;
    if (value > 3) {
      repeated[2] = repeated[1];
      repeated[1] = repeated[0];
      repeated[0] = value - 3;
      return repeated[0];
    }
    const index = literalLength === 0 ? value : value - 1;
    if (index === 0) return repeated[0];
    const distance = index === 3 ? repeated[0] - 1 : repeated[index];
    if (distance === 0) broken('a match at distance 0');
    if (index > 1) repeated[2] = repeated[1];
    repeated[1] = repeated[0];
    repeated[0] = distance;
    return distance;
  }
}
