import type { StackRange } from './helpers.js';
import { ARGUMENTS, constant, FRAME_REGISTER, joined, sameValue, UNKNOWN, type Value } from './values.js';

const REGISTERS = 16;

/** A value on the stack, and how many bytes it has. */
interface Slot {
  readonly size: number;
  readonly value: Value;
}

/** Registers and stack at one place of a function. */
export class State {
  readonly registers: Value[];
  /** By offset from the frame's end. */
  private readonly stack: Map<number, Slot>;
  /** An address of the stack may be in what is unknown. */
  private isLost: boolean;

  private constructor(registers: Value[], stack: Map<number, Slot>, isLost: boolean) {
    this.registers = registers;
    this.stack = stack;
    this.isLost = isLost;
  }

  /** At a function's first instruction, with what is in r1 and on. */
  static entry(args: readonly Value[]): State {
    // Instructions have room for more than there are.
    const registers = Array<Value>(REGISTERS).fill(UNKNOWN);
    // A caller's stack is another one.
    for (const [at, value] of args.entries()) registers[at + 1] = value.is === 'frame' ? UNKNOWN : value;
    registers[FRAME_REGISTER] = { is: 'frame', offset: 0 };
    return new State(registers, new Map(), false);
  }

  copy(): State {
    return new State([...this.registers], new Map(this.stack), this.isLost);
  }

  /** Keeps what is the same in both; returns whether something was lost. */
  merge(other: State): boolean {
    let changed = false;
    const lose = (a: Value, b: Value) => {
      if (this.isLost || sameValue(a, b) || (a.is !== 'frame' && b.is !== 'frame')) return;
      this.isLost = true;
      changed = true;
    };
    for (const [register, value] of this.registers.entries()) {
      const there = other.registers[register];
      const both = joined(value, there);
      lose(value, there);
      if (sameValue(both, value)) continue;
      this.registers[register] = both;
      changed = true;
    }
    for (const [offset, { value }] of other.stack) {
      lose(this.stack.get(offset)?.value ?? UNKNOWN, value);
    }
    for (const [offset, { size, value }] of this.stack) {
      const there = other.stack.get(offset);
      const both = there?.size === size ? joined(value, there.value) : UNKNOWN;
      lose(value, both);
      if (sameValue(both, value)) continue;
      if (both.is === 'unknown') this.stack.delete(offset);
      else this.stack.set(offset, { size, value: both });
      changed = true;
    }
    if (other.isLost && !this.isLost) {
      this.isLost = true;
      changed = true;
    }
    return changed;
  }

  set(register: number, value: Value): void {
    this.registers[register] = value;
  }

  /** The result of an operation of which nothing is known, on these values. */
  setUnknown(register: number, ...from: readonly Value[]): void {
    if (from.some(value => value.is === 'frame')) this.isLost = true;
    this.registers[register] = UNKNOWN;
  }

  /** After a call, which wrote there, or may have to all that it was given an address of. */
  call(result: Value, written?: readonly StackRange[]): void {
    const args = this.registers.slice(1, ARGUMENTS + 1);
    if (written !== undefined) for (const { at, size } of written) this.overwrite(at, size);
    else if (args.some(({ is }) => is === 'frame' || (is === 'unknown' && this.isLost))) this.clear();
    this.registers.fill(UNKNOWN, 0, ARGUMENTS + 1);
    this.registers[0] = result;
  }

  /** Writes `size` bytes where `to` points with `offset`. */
  store(to: Value, offset: number, size: number, value: Value): void {
    if (to.is !== 'frame') {
      if (value.is === 'frame') this.isLost = true;
      if (to.is === 'unknown' && this.isLost) this.clear();
      return;
    }
    const at = to.offset + offset;
    this.overwrite(at, size);
    const isWhole = size === 8 || value.is === 'doubtful';
    if (value.is === 'constant') {
      this.stack.set(at, { size, value: constant(BigInt.asUintN(8 * size, value.value)) });
    } else if (isWhole && value.is !== 'unknown') this.stack.set(at, { size, value });
  }

  /** What is on the stack there; a load of another size than what was stored tells nothing. */
  load(at: number, size: number): Value {
    const slot = this.stack.get(at);
    return slot?.size === size ? slot.value : UNKNOWN;
  }

  /** Nothing is known any more. */
  poison(): void {
    this.isLost = true;
    this.registers.fill(UNKNOWN, 0, FRAME_REGISTER);
    this.stack.clear();
  }

  private overwrite(at: number, size: number): void {
    for (const [slot, { size: bytes }] of this.stack) {
      if (slot < at + size && slot + bytes > at) this.stack.delete(slot);
    }
  }

  private clear(): void {
    for (const { value } of this.stack.values()) if (value.is === 'frame') this.isLost = true;
    this.stack.clear();
  }
}
