import { FormatError } from '../bytes/index.js';
import type { Output } from './output.js';
import { RangeDecoder } from './range-decoder.js';

/** Number of states of the LZMA state machine; below 7 the last step was a literal. */
const STATES = 12;
const LITERAL_STATES = 7;
const MAX_POSITION_STATES = 16;
const LENGTH_STATES = 4;
const MIN_MATCH = 2;
/** Distance slots from which on the low bits are coded without a tree of their own. */
const FIRST_DIRECT_SLOT = 14;
const END_MARKER = 0xffffffff;

// One array holds all probabilities; these are where each kind starts.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * MAX_POSITION_STATES;
const IS_REP0 = IS_REP + STATES;
const IS_REP1 = IS_REP0 + STATES;
const IS_REP2 = IS_REP1 + STATES;
const IS_REP0_LONG = IS_REP2 + STATES;
const DISTANCE_SLOT = IS_REP0_LONG + STATES * MAX_POSITION_STATES;
const DISTANCE_LOW = DISTANCE_SLOT + LENGTH_STATES * 64;
const DISTANCE_ALIGN = DISTANCE_LOW + 128;
/** A length coder: choice, choice2, low and mid trees for each position state, and the high tree. */
const LENGTH_LOW = 2;
const LENGTH_MID = LENGTH_LOW + MAX_POSITION_STATES * 8;
const LENGTH_HIGH = LENGTH_MID + MAX_POSITION_STATES * 8;
const LENGTH_SIZE = LENGTH_HIGH + 256;
const MATCH_LENGTH = DISTANCE_ALIGN + 16;
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;

export function brokenLzma(problem: string): never {
  throw new FormatError(`broken LZMA data: ${problem}`);
}

/**
 * The LZMA decoder that LZMA2 chunks and .lzma files share, as the LZMA SDK's specification (lzma-specification.txt)
 * describes it. The output is the dictionary: matches reach back to where the dictionary was last reset.
 */
export class LzmaDecoder {
  readonly #output: Output;
  readonly #dictionarySize: number;
  #dictionaryStart: number;
  readonly #coder = new RangeDecoder();
  #probabilityCount = 0;
  #literalContext = 0;
  #literalPosition = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  constructor(output: Output, dictionarySize: number) {
    this.#output = output;
    this.#dictionarySize = dictionarySize;
    this.#dictionaryStart = output.length;
  }

  resetDictionary(): void {
    this.#dictionaryStart = this.#output.length;
  }

  /** Takes the properties byte (pb * 5 + lp) * 9 + lc and resets the state. */
  setProperties(byte: number): void {
    if (byte >= 9 * 5 * 5) brokenLzma(`properties byte ${byte}`);
    this.#literalContext = byte % 9;
    const rest = Math.floor(byte / 9);
    this.#literalPosition = rest % 5;
    this.#positionMask = (1 << Math.floor(rest / 5)) - 1;
    this.#probabilityCount = LITERAL + (0x300 << (this.#literalContext + this.#literalPosition));
    this.resetState();
  }

  get hasProperties(): boolean {
    return this.#probabilityCount > 0;
  }

  resetState(): void {
    this.#coder.resetProbabilities(this.#probabilityCount);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /**
   * Decodes bytes [start, end) of `input`, a whole range coder stream, to exactly `size` bytes of output; without
   * `size`, to the end marker. Returns the offset behind what was used.
   */
  decode(input: Uint8Array, start: number, end: number, size: number | undefined): number {
    const coder = this.#coder;
    if (!coder.start(input, start, end)) brokenLzma('the range coder does not start with a zero byte');
    const output = this.#output;
    const outputEnd = size === undefined ? Number.POSITIVE_INFINITY : output.length + size;
    while (output.length < outputEnd) {
      if (!this.#step(outputEnd)) {
        if (size !== undefined) brokenLzma('an end marker before the end');
        break;
      }
    }
    coder.normalize();
    if (coder.at > coder.end) brokenLzma('cut off');
    return coder.at;
  }

  /** Is the range coder at the end of what its encoder wrote? */
  get finished(): boolean {
    return this.#coder.finished;
  }

  /** One literal or match; false at the end marker. */
  #step(outputEnd: number): boolean {
    const output = this.#output;
    const position = output.length - this.#dictionaryStart;
    const positionState = position & this.#positionMask;
    const state = this.#state;
    const coder = this.#coder;
    if (coder.at > coder.end) brokenLzma('cut off');
    if (this.#coder.bit(IS_MATCH + state * MAX_POSITION_STATES + positionState) === 0) {
      this.#literal(position);
      return true;
    }
    let length: number;
    if (this.#coder.bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      length = this.#length(MATCH_LENGTH, positionState);
      this.#state = state < LITERAL_STATES ? 7 : 10;
      this.#rep0 = this.#distance(length);
      if (this.#rep0 === END_MARKER) return false;
    } else if (this.#coder.bit(IS_REP0 + state) === 0) {
      if (this.#coder.bit(IS_REP0_LONG + state * MAX_POSITION_STATES + positionState) === 0) {
        this.#state = state < LITERAL_STATES ? 9 : 11;
        this.#copy(position, 1, outputEnd);
        return true;
      }
      length = this.#length(REP_LENGTH, positionState);
      this.#state = state < LITERAL_STATES ? 8 : 11;
    } else {
      this.#rotateRepeated(state);
      length = this.#length(REP_LENGTH, positionState);
      this.#state = state < LITERAL_STATES ? 8 : 11;
    }
    this.#copy(position, length + MIN_MATCH, outputEnd);
    return true;
  }

  #rotateRepeated(state: number): void {
    let distance: number;
    if (this.#coder.bit(IS_REP1 + state) === 0) distance = this.#rep1;
    else {
      if (this.#coder.bit(IS_REP2 + state) === 0) distance = this.#rep2;
      else {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
  }

  #copy(position: number, count: number, outputEnd: number): void {
    const distance = this.#rep0 + 1;
    if (distance > position || distance > this.#dictionarySize) {
      brokenLzma(`a match ${distance} bytes back, before the start of the dictionary`);
    }
    if (this.#output.length + count > outputEnd) brokenLzma('a match runs past the end');
    this.#output.copyBack(distance, count);
  }

  #literal(position: number): void {
    const output = this.#output;
    output.reserve(1);
    const { bytes, length } = output;
    const previous = position > 0 ? bytes[length - 1] : 0;
    const context =
      ((position & ((1 << this.#literalPosition) - 1)) << this.#literalContext) +
      (previous >> (8 - this.#literalContext));
    const base = LITERAL + 0x300 * context;
    const coder = this.#coder;
    let symbol = 1;
    if (this.#state >= LITERAL_STATES) {
      if (this.#rep0 >= position) brokenLzma('a match before the start of the dictionary');
      let matched = bytes[length - this.#rep0 - 1];
      do {
        const matchBit = (matched >> 7) & 1;
        matched <<= 1;
        const bit = coder.bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    bytes[length] = coder.tree(base, symbol, 0x100);
    output.length = length + 1;
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  /** Match length less MIN_MATCH. */
  #length(base: number, positionState: number): number {
    if (this.#coder.bit(base) === 0) return this.#tree(base + LENGTH_LOW + positionState * 8, 3);
    if (this.#coder.bit(base + 1) === 0) return 8 + this.#tree(base + LENGTH_MID + positionState * 8, 3);
    return 16 + this.#tree(base + LENGTH_HIGH, 8);
  }

  /** Match distance less 1. */
  #distance(length: number): number {
    const lengthState = Math.min(length, LENGTH_STATES - 1);
    const slot = this.#tree(DISTANCE_SLOT + lengthState * 64, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const high = ((2 | (slot & 1)) << directBits) >>> 0;
    if (slot < FIRST_DIRECT_SLOT)
      return high + this.#coder.reverseTree(DISTANCE_LOW + high - slot, directBits);
    const middle = this.#coder.direct(directBits - 4) * 16;
    return high + middle + this.#coder.reverseTree(DISTANCE_ALIGN, 4);
  }

  #tree(base: number, bits: number): number {
    const limit = 1 << bits;
    return this.#coder.tree(base, 1, limit) - limit;
  }
}
