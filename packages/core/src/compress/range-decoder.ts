const PROBABILITY_HALF = 1024;
const TOP = 2 ** 24;

// Places in #registers.
const RANGE = 0;
const CODE = 1;

/**
 * The binary range decoder of LZMA with the probabilities that it adapts.
 *
 * Range and code are full unsigned 32-bit numbers, which as fields would be boxed doubles: they live in a typed array,
 * and in locals while a run of bits is decoded. Past the end of its input it reads zeros; `at` then exceeds the end.
 */
export class RangeDecoder {
  probabilities = new Uint16Array(0);
  /** Offset of the next byte. */
  at = 0;
  end = 0;
  #input: Uint8Array = new Uint8Array(0);
  readonly #registers = new Uint32Array(2);

  resetProbabilities(size: number): void {
    if (this.probabilities.length !== size) this.probabilities = new Uint16Array(size);
    this.probabilities.fill(PROBABILITY_HALF);
  }

  /** Starts on bytes [start, end) of `input`; false when they do not begin as a range coder stream does. */
  start(input: Uint8Array, start: number, end: number): boolean {
    if (start + 5 > end || input[start] !== 0) return false;
    this.#input = input;
    this.at = start + 5;
    this.end = end;
    this.#registers[RANGE] = 0xffffffff;
    this.#registers[CODE] =
      (input[start + 1] << 24) | (input[start + 2] << 16) | (input[start + 3] << 8) | input[start + 4];
    return true;
  }

  /** Is the code at the value that a flushed encoder leaves? */
  get finished(): boolean {
    return this.#registers[CODE] === 0;
  }

  #next(): number {
    const at = this.at++;
    return at < this.end ? this.#input[at] : 0;
  }

  normalize(): void {
    const registers = this.#registers;
    if (registers[RANGE] >= TOP) return;
    registers[RANGE] <<= 8;
    registers[CODE] = (registers[CODE] << 8) | this.#next();
  }

  /** A bit with the probability at `index`. */
  bit(index: number): number {
    const { probabilities } = this;
    const registers = this.#registers;
    let range = registers[RANGE];
    let code = registers[CODE];
    if (range < TOP) {
      range = (range << 8) >>> 0;
      code = ((code << 8) | this.#next()) >>> 0;
    }
    const probability = probabilities[index];
    const bound = Math.imul(range >>> 11, probability) >>> 0;
    if (code < bound) {
      registers[RANGE] = bound;
      registers[CODE] = code;
      probabilities[index] = probability + ((2048 - probability) >> 5);
      return 0;
    }
    registers[RANGE] = range - bound;
    registers[CODE] = code - bound;
    probabilities[index] = probability - (probability >> 5);
    return 1;
  }

  /** Bits of a tree whose nodes stand at base + symbol, highest first, until symbol reaches `limit`. */
  tree(base: number, from: number, limit: number): number {
    const { probabilities } = this;
    const registers = this.#registers;
    let range = registers[RANGE];
    let code = registers[CODE];
    let symbol = from;
    while (symbol < limit) {
      if (range < TOP) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | this.#next()) >>> 0;
      }
      const index = base + symbol;
      const probability = probabilities[index];
      const bound = Math.imul(range >>> 11, probability) >>> 0;
      if (code < bound) {
        range = bound;
        probabilities[index] = probability + ((2048 - probability) >> 5);
        symbol <<= 1;
      } else {
        range = (range - bound) >>> 0;
        code = (code - bound) >>> 0;
        probabilities[index] = probability - (probability >> 5);
        symbol = (symbol << 1) | 1;
      }
    }
    registers[RANGE] = range;
    registers[CODE] = code;
    return symbol;
  }

  /** `count` bits of a tree, lowest first. */
  reverseTree(base: number, count: number): number {
    const { probabilities } = this;
    const registers = this.#registers;
    let range = registers[RANGE];
    let code = registers[CODE];
    let symbol = 1;
    let result = 0;
    for (let i = 0; i < count; i++) {
      if (range < TOP) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | this.#next()) >>> 0;
      }
      const index = base + symbol;
      const probability = probabilities[index];
      const bound = Math.imul(range >>> 11, probability) >>> 0;
      if (code < bound) {
        range = bound;
        probabilities[index] = probability + ((2048 - probability) >> 5);
        symbol <<= 1;
      } else {
        range = (range - bound) >>> 0;
        code = (code - bound) >>> 0;
        probabilities[index] = probability - (probability >> 5);
        symbol = (symbol << 1) | 1;
        result |= 1 << i;
      }
    }
    registers[RANGE] = range;
    registers[CODE] = code;
    return result;
  }

  /** `count` bits of probability one half, 26 at most. */
  direct(count: number): number {
    const registers = this.#registers;
    let range = registers[RANGE];
    let code = registers[CODE];
    let result = 0;
    for (let i = 0; i < count; i++) {
      if (range < TOP) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | this.#next()) >>> 0;
      }
      range >>>= 1;
      result <<= 1;
      if (code >= range) {
        code -= range;
        result |= 1;
      }
    }
    registers[RANGE] = range;
    registers[CODE] = code;
    return result;
  }
}
