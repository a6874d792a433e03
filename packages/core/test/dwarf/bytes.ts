/** Growable bytes of either byte order. */
export class Bytes {
  readonly little: boolean;
  #bytes: number[] = [];

  constructor(little: boolean) {
    this.little = little;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** An integer of `size` bytes, in two's complement where it is negative. */
  int(value: number | bigint, size: number): this {
    const bits = BigInt.asUintN(8 * size, BigInt(value));
    for (let i = 0; i < size; i++) {
      const shift = BigInt(8 * (this.little ? i : size - 1 - i));
      this.#bytes.push(Number((bits >> shift) & 0xffn));
    }
    return this;
  }

  uleb(value: number | bigint): this {
    let rest = BigInt(value);
    while (rest >= 0x80n) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.int(rest, 1);
  }

  sleb(value: number | bigint): this {
    let rest = BigInt(value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.int(rest & 0x7fn, 1);
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  text(text: string): this {
    return this.raw(new TextEncoder().encode(text)).int(0, 1);
  }

  /** Overwrites what stands at `at`. */
  patch(at: number, value: number | bigint, size: number): void {
    const patch = new Bytes(this.little).int(value, size);
    for (let i = 0; i < size; i++) this.#bytes[at + i] = patch.#bytes[i]!;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
