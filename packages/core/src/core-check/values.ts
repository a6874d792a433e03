/** What a register or a place on the stack holds, as far as it is known on every way that leads there. */
export type Value =
  | { readonly is: 'unknown' }
  /** A constant on each kernel, but this one's files do not tell which. */
  | { readonly is: 'doubtful' }
  | { readonly is: 'constant'; readonly value: bigint }
  /** Of something of the kernel: not 0. */
  | { readonly is: 'address' }
  /** In data that does not change once the object is loaded; `bytes` is null where they are doubtful. */
  | { readonly is: 'data'; readonly bytes: Uint8Array | null; readonly offset: number }
  /** The program's context, or the frame's end (r10), and an offset. */
  | { readonly is: 'context' | 'frame'; readonly offset: number };

export const UNKNOWN: Value = { is: 'unknown' };
export const DOUBTFUL: Value = { is: 'doubtful' };
export const ADDRESS: Value = { is: 'address' };
export const FRAME_REGISTER = 10;
/** Registers that a call takes its arguments in, r1 to r5, and leaves with nothing known of them. */
export const ARGUMENTS = 5;

export function constant(value: bigint): Value {
  return { is: 'constant', value: BigInt.asUintN(64, value) };
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.is === 'constant') return b.is === 'constant' && a.value === b.value;
  if (a.is === 'data') return b.is === 'data' && a.bytes === b.bytes && a.offset === b.offset;
  if (a.is === 'context' || a.is === 'frame') return a.is === b.is && a.offset === b.offset;
  return a.is === b.is;
}

/** What is known of a value that is one of two. */
export function joined(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  const isEither = (one: Value) => one.is === 'constant' || one.is === 'doubtful';
  return isEither(a) && isEither(b) && (a.is === 'doubtful' || b.is === 'doubtful') ? DOUBTFUL : UNKNOWN;
}

/** Loads from data that does not change. */
export function read(bytes: Uint8Array | null, at: number, size: number, littleEndian: boolean): Value {
  if (bytes === null) return DOUBTFUL;
  if (at < 0 || at + size > bytes.length) return UNKNOWN;
  let value = 0n;
  for (let i = 0; i < size; i++) {
    value = (value << 8n) | BigInt(bytes[littleEndian ? at + size - 1 - i : at + i]);
  }
  return constant(value);
}

/** Upper four bits of ALU codes, and of jumps. */
const SUB = 0x10;
export const MOV = 0xb0;
export const JEQ = 0x10;
export const JNE = 0x50;

/** The result of an ALU operation, by the upper four bits of its code. */
export function combine(operation: number, left: Value, right: Value, is64: boolean): Value {
  if (operation === MOV && is64) return right;
  if (right.is === 'constant') {
    // A constant moved into 32 bits needs no left side.
    if (left.is === 'constant' || operation === MOV) {
      const value = calculate(operation, left.is === 'constant' ? left.value : 0n, right.value, is64);
      return value === undefined ? UNKNOWN : constant(value);
    }
    const isMoved = is64 && operation <= SUB;
    if (isMoved && left.is !== 'unknown' && left.is !== 'doubtful') {
      const by = Number(BigInt.asIntN(64, right.value));
      return left.is === 'address' ? left : { ...left, offset: left.offset + (operation === SUB ? -by : by) };
    }
  }
  const isKnown = ({ is }: Value) => is === 'constant' || is === 'doubtful';
  return isKnown(right) && (operation === MOV || isKnown(left)) ? DOUBTFUL : UNKNOWN;
}

/** Operations on constants, by the upper four bits of an ALU code. Undefined: not followed. */
export function calculate(operation: number, a: bigint, b: bigint, is64: boolean): bigint | undefined {
  const bits = is64 ? 64 : 32;
  const [x, y] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
  const shift = y & BigInt(bits - 1);
  const wrap = (value: bigint) => BigInt.asUintN(bits, value);
  switch (operation) {
    case 0x00:
      return wrap(x + y);
    case 0x10:
      return wrap(x - y);
    case 0x20:
      return wrap(x * y);
    case 0x40:
      return x | y;
    case 0x50:
      return x & y;
    case 0x60:
      return wrap(x << shift);
    case 0x70:
      return x >> shift;
    case 0x80:
      return wrap(-x);
    case 0xa0:
      return x ^ y;
    case 0xb0:
      return y;
    case 0xc0:
      return wrap(BigInt.asIntN(bits, x) >> shift);
    default:
      return undefined;
  }
}

/** Whether a conditional jump is taken, by the upper four bits of its code. Undefined: not followed. */
export function isTaken(operation: number, a: bigint, b: bigint, is64: boolean): boolean | undefined {
  const bits = is64 ? 64 : 32;
  const [x, y] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
  const [sx, sy] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
  switch (operation) {
    case 0x10:
      return x === y;
    case 0x20:
      return x > y;
    case 0x30:
      return x >= y;
    case 0x40:
      return (x & y) !== 0n;
    case 0x50:
      return x !== y;
    case 0x60:
      return sx > sy;
    case 0x70:
      return sx >= sy;
    case 0xa0:
      return x < y;
    case 0xb0:
      return x <= y;
    case 0xc0:
      return sx < sy;
    case 0xd0:
      return sx <= sy;
    default:
      return undefined;
  }
}
