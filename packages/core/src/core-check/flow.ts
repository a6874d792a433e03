/** What a register or a place on the stack holds, as far as it is known on every way that leads there. */
export type Value =
  | { readonly is: 'unknown' }
  | { readonly is: 'constant'; readonly value: bigint }
  /** The program's context, or the frame's end (r10), and an offset. */
  | { readonly is: 'context' | 'frame'; readonly offset: number };

export const UNKNOWN: Value = { is: 'unknown' };
export const FRAME_REGISTER = 10;

export function constant(value: bigint): Value {
  return { is: 'constant', value: BigInt.asUintN(64, value) };
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.is === 'unknown' || b.is === 'unknown') return a.is === b.is;
  if (a.is === 'constant' || b.is === 'constant') {
    return a.is === 'constant' && b.is === 'constant' && a.value === b.value;
  }
  return a.is === b.is && a.offset === b.offset;
}

/** Registers and stack at one place of a function. */
export class State {
  readonly registers: Value[];
  /** Values of 8 bytes, by offset from the frame's end. */
  readonly stack: Map<number, Value>;

  private constructor(registers: Value[], stack: Map<number, Value>) {
    this.registers = registers;
    this.stack = stack;
  }

  /** At a function's first instruction; `hasContext`: r1 is the program's context. */
  static entry(hasContext: boolean): State {
    const state = new State(Array<Value>(FRAME_REGISTER + 1).fill(UNKNOWN), new Map());
    state.registers[FRAME_REGISTER] = { is: 'frame', offset: 0 };
    if (hasContext) state.registers[1] = { is: 'context', offset: 0 };
    return state;
  }

  copy(): State {
    return new State([...this.registers], new Map(this.stack));
  }

  /** Keeps what is the same in both; returns whether something was lost. */
  merge(other: State): boolean {
    let changed = false;
    for (const [register, value] of this.registers.entries()) {
      if (value.is === 'unknown' || sameValue(value, other.registers[register])) continue;
      this.registers[register] = UNKNOWN;
      changed = true;
    }
    for (const [offset, value] of this.stack) {
      const there = other.stack.get(offset);
      if (there !== undefined && sameValue(value, there)) continue;
      this.stack.delete(offset);
      changed = true;
    }
    return changed;
  }

  /** As after a call: of what it could reach nothing is known. */
  forget(registers: number): void {
    for (let register = 0; register <= registers; register++) this.registers[register] = UNKNOWN;
    this.stack.clear();
  }

  /** Writes `size` bytes where `to` points with `offset`. */
  store(to: Value, offset: number, size: number, value: Value): void {
    if (to.is === 'context') return;
    if (to.is !== 'frame') {
      // It may point to the stack.
      this.stack.clear();
      return;
    }
    const at = to.offset + offset;
    for (const slot of this.stack.keys()) if (slot < at + size && slot + 8 > at) this.stack.delete(slot);
    if (size === 8 && value.is !== 'unknown') this.stack.set(at, value);
  }
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
