/** XXH64 (xxHash specification, "XXH64 Algorithm Description") in pairs of 32-bit halves. */

type Pair = { lo: number; hi: number };

const PRIME1: Pair = { lo: 0x85ebca87 | 0, hi: 0x9e3779b1 | 0 };
const PRIME2: Pair = { lo: 0x27d4eb4f | 0, hi: 0xc2b2ae3d | 0 };
const PRIME3: Pair = { lo: 0x9e3779f9 | 0, hi: 0x165667b1 | 0 };
const PRIME4: Pair = { lo: 0xc2b2ae63 | 0, hi: 0x85ebca77 | 0 };
const PRIME5: Pair = { lo: 0x165667c5 | 0, hi: 0x27d4eb2f | 0 };

/** A 64-bit register that computes in place, modulo 2^64. */
class Register {
  lo = 0;
  hi = 0;

  set(lo: number, hi: number): this {
    this.lo = lo | 0;
    this.hi = hi | 0;
    return this;
  }

  add(lo: number, hi: number): this {
    const sum = (this.lo >>> 0) + (lo >>> 0);
    this.hi = (this.hi + hi + (sum >= 2 ** 32 ? 1 : 0)) | 0;
    this.lo = sum | 0;
    return this;
  }

  xor(lo: number, hi: number): this {
    this.lo ^= lo;
    this.hi ^= hi;
    return this;
  }

  multiply(by: Pair): this {
    const a0 = this.lo & 0xffff;
    const a1 = this.lo >>> 16;
    const b0 = by.lo & 0xffff;
    const b1 = by.lo >>> 16;
    const low = Math.imul(a0, b0) >>> 0;
    const middle = a1 * b0 + (low >>> 16);
    const cross = a0 * b1 + (middle % 65536);
    const high = a1 * b1 + Math.floor(middle / 65536) + Math.floor(cross / 65536);
    this.hi = (high + Math.imul(this.lo, by.hi) + Math.imul(this.hi, by.lo)) | 0;
    this.lo = (low & 0xffff) | ((cross % 65536) << 16);
    return this;
  }

  /** `count` is 1 to 31. */
  rotateLeft(count: number): this {
    const { lo, hi } = this;
    this.lo = (lo << count) | (hi >>> (32 - count));
    this.hi = (hi << count) | (lo >>> (32 - count));
    return this;
  }

  /** this ^= this >>> count. */
  fold(count: number): this {
    if (count >= 32) this.lo ^= this.hi >>> (count - 32);
    else {
      this.lo ^= (this.lo >>> count) | (this.hi << (32 - count));
      this.hi ^= this.hi >>> count;
    }
    return this;
  }

  round(lo: number, hi: number): this {
    const input = scratch.set(lo, hi).multiply(PRIME2);
    return this.add(input.lo, input.hi).rotateLeft(31).multiply(PRIME1);
  }
}

const scratch = new Register();

/** The low 32 bits of XXH64 with seed 0, which is what a Zstandard frame ends with. */
export function xxh64Low(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  const hash = new Register();
  let at = 0;
  if (length >= 32) at = hashStripes(view, length, hash);
  else hash.set(PRIME5.lo, PRIME5.hi);
  hash.add(length, Math.floor(length / 2 ** 32));

  for (; at + 8 <= length; at += 8) {
    const lane = new Register().round(view.getInt32(at, true), view.getInt32(at + 4, true));
    hash.xor(lane.lo, lane.hi).rotateLeft(27).multiply(PRIME1).add(PRIME4.lo, PRIME4.hi);
  }
  if (at + 4 <= length) {
    const lane = new Register().set(view.getInt32(at, true), 0).multiply(PRIME1);
    hash.xor(lane.lo, lane.hi).rotateLeft(23).multiply(PRIME2).add(PRIME3.lo, PRIME3.hi);
    at += 4;
  }
  for (; at < length; at++) {
    const lane = new Register().set(bytes[at], 0).multiply(PRIME5);
    hash.xor(lane.lo, lane.hi).rotateLeft(11).multiply(PRIME1);
  }
  hash.fold(33).multiply(PRIME2).fold(29).multiply(PRIME3).fold(32);
  return hash.lo >>> 0;
}

/** Steps 1 to 3 for inputs of 32 bytes and more; returns where the whole stripes end. */
function hashStripes(view: DataView, length: number, hash: Register): number {
  const lanes = [
    new Register().set(PRIME1.lo, PRIME1.hi).add(PRIME2.lo, PRIME2.hi),
    new Register().set(PRIME2.lo, PRIME2.hi),
    new Register(),
    new Register().set(0, 0).add(~PRIME1.lo, ~PRIME1.hi).add(1, 0),
  ];
  const [first, second, third, fourth] = lanes;
  let at = 0;
  for (; at + 32 <= length; at += 32) {
    first.round(view.getInt32(at, true), view.getInt32(at + 4, true));
    second.round(view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    third.round(view.getInt32(at + 16, true), view.getInt32(at + 20, true));
    fourth.round(view.getInt32(at + 24, true), view.getInt32(at + 28, true));
  }
  const turns = [1, 7, 12, 18];
  lanes.forEach((lane, i) => {
    const turned = new Register().set(lane.lo, lane.hi).rotateLeft(turns[i]);
    hash.add(turned.lo, turned.hi);
  });
  for (const lane of lanes) {
    const merged = new Register().round(lane.lo, lane.hi);
    hash.xor(merged.lo, merged.hi).multiply(PRIME1).add(PRIME4.lo, PRIME4.hi);
  }
  return at;
}
