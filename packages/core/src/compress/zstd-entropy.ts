import { FormatError } from '../bytes/index.js';

/**
 * The entropy coders of Zstandard (RFC 8878, section 4). All read from one block's bytes, which stand in a buffer
 * with zero bytes behind them, so that reading four bytes anywhere in the block stays inside it.
 */

export function broken(problem: string): never {
  throw new FormatError(`broken zstd data: ${problem}`);
}

/** Up to 25 bits at bit position `position`, counted from the start of `data`. */
export function peekBits(data: Uint8Array, position: number, count: number): number {
  const at = position >>> 3;
  const word = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
  return (word >>> (position & 7)) & ((1 << count) - 1);
}

/** Bit position just below the end mark of the backward bitstream in bytes [start, end). */
export function bitstreamEnd(data: Uint8Array, start: number, end: number): number {
  if (end <= start || data[end - 1] === 0) broken('a bitstream has no end mark');
  return end * 8 - 1 - Math.clz32(data[end - 1]) + 24;
}

/** A finite state entropy decoding table: state → symbol | bits << 8 | next state's base << 16. */
export interface FseTable {
  readonly accuracy: number;
  readonly states: Uint32Array;
}

/** A table of one state, for a symbol that never changes. */
export function rleTable(symbol: number): FseTable {
  return { accuracy: 0, states: Uint32Array.of(symbol) };
}

/** Section 4.1.1, "FSE Table Description" from its probabilities on: -1 is "less than 1". */
export function buildFseTable(accuracy: number, probabilities: readonly number[]): FseTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(probabilities.length);
  let high = size - 1;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    if (probabilities[symbol] === -1) {
      symbols[high--] = symbol;
      next[symbol] = 1;
    } else next[symbol] = probabilities[symbol];
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    for (let i = 0; i < probabilities[symbol]; i++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position > high);
    }
  }
  const states = new Uint32Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state];
    const value = next[symbol]++;
    const bits = accuracy - (31 - Math.clz32(value));
    states[state] = symbol | (bits << 8) | (((value << bits) - size) << 16);
  }
  return { accuracy, states };
}

/** Reads a table description at byte `start`; returns the table and the byte after it. */
export function readFseTable(
  data: Uint8Array,
  start: number,
  end: number,
  maxAccuracy: number,
  maxSymbol: number,
): { table: FseTable; end: number } {
  const accuracy = (data[start] & 15) + 5;
  if (start >= end || accuracy > maxAccuracy) broken('FSE accuracy is too high');
  let position = start * 8 + 4;
  let remaining = 1 << accuracy;
  const probabilities: number[] = [];
  while (remaining > 0) {
    if (probabilities.length > maxSymbol || position > end * 8) broken('FSE table has too many symbols');
    const bits = 32 - Math.clz32(remaining + 1);
    const lowMask = (1 << (bits - 1)) - 1;
    const shorter = (1 << bits) - 2 - remaining;
    let value = peekBits(data, position, bits);
    if ((value & lowMask) < shorter) {
      value &= lowMask;
      position += bits - 1;
    } else {
      if (value > lowMask) value -= shorter;
      position += bits;
    }
    const probability = value - 1;
    probabilities.push(probability);
    remaining -= Math.abs(probability);
    if (probability !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = peekBits(data, position, 2);
      position += 2;
      for (let i = 0; i < repeat; i++) probabilities.push(0);
      if (probabilities.length > maxSymbol + 1) broken('FSE table has too many symbols');
    }
  }
  const after = (position + 7) >>> 3;
  if (remaining < 0 || after > end) broken('FSE probabilities do not add up');
  return { table: buildFseTable(accuracy, probabilities), end: after };
}

/** A Huffman decoding table: the next `maxBits` bits → symbol | length << 8. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly entries: Uint16Array;
}

const MAX_HUFFMAN_BITS = 11;

/** Section 4.2.1, "Huffman Tree Description", at byte `start`; returns the table and the byte after it. */
export function readHuffmanTable(
  data: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; end: number } {
  const header = data[start];
  const first = start + 1;
  let after: number;
  let weights: number[];
  if (header >= 128) {
    const count = header - 127;
    after = first + ((count + 1) >> 1);
    if (after > end) broken('Huffman weights are cut off');
    weights = Array.from({ length: count }, (_, i) => (data[first + (i >> 1)] >> (i & 1 ? 0 : 4)) & 15);
  } else {
    after = first + header;
    if (after > end) broken('Huffman weights are cut off');
    weights = readWeights(data, first, after);
  }
  return { table: buildHuffmanTable(weights), end: after };
}

/** Section 4.2.1.2: weights from two FSE states that take turns, until the bits are used up. */
function readWeights(data: Uint8Array, start: number, end: number): number[] {
  const { table, end: streamStart } = readFseTable(data, start, end, 6, 255);
  const lowest = streamStart * 8;
  let position = bitstreamEnd(data, streamStart, end);
  const states = [0, 0];
  for (let i = 0; i < 2; i++) {
    position -= table.accuracy;
    if (position < lowest) broken('Huffman weights are cut off');
    states[i] = peekBits(data, position, table.accuracy);
  }
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const entry = table.states[states[turn]];
    weights.push(entry & 0xff);
    if (weights.length > 254) broken('too many Huffman weights');
    const bits = (entry >> 8) & 0xff;
    position -= bits;
    if (position < lowest) {
      weights.push(table.states[states[turn ^ 1]] & 0xff);
      return weights;
    }
    states[turn] = (entry >>> 16) + peekBits(data, position, bits);
  }
}

function buildHuffmanTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_HUFFMAN_BITS) broken('a Huffman weight is too high');
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum === 0) broken('no Huffman weights');
  const maxBits = 32 - Math.clz32(sum);
  const rest = (1 << maxBits) - sum;
  if (maxBits > MAX_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) broken('Huffman weights do not add up');
  weights.push(32 - Math.clz32(rest));
  const entries = new Uint16Array(1 << maxBits);
  // Longest codes, that is lowest weights, come first in the table; within a weight symbols are in order.
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    for (let symbol = 0; symbol < weights.length; symbol++) {
      if (weights[symbol] !== weight) continue;
      const span = 1 << (weight - 1);
      entries.fill(symbol | ((maxBits + 1 - weight) << 8), at, at + span);
      at += span;
    }
  }
  return { maxBits, entries };
}

/** Decodes bytes [start, end) of `data` into exactly the bytes [from, to) of `out`. */
export function readHuffmanStream(
  data: Uint8Array,
  start: number,
  end: number,
  table: HuffmanTable,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const { maxBits, entries } = table;
  const lowest = start * 8;
  let position = bitstreamEnd(data, start, end);
  let at = from;
  // Near the start of the stream the peeked bits reach into what stands before it; a code that fits in the
  // stream does not depend on them, and one that does not leaves `position` below `lowest`.
  for (; at < to && position > lowest; at++) {
    const entry = entries[peekBits(data, position - maxBits, maxBits)];
    out[at] = entry;
    position -= entry >> 8;
  }
  if (at !== to || position !== lowest) broken('a Huffman stream does not end where it should');
}
