import { Class, type Code, leadersOf, Op, targetOf } from './code.js';
import { stackWrites } from './helpers.js';
import { State } from './state.js';
import {
  ARGUMENTS,
  combine,
  constant,
  isTaken,
  JEQ,
  JNE,
  joined,
  MOV,
  read,
  UNKNOWN,
  type Value,
} from './values.js';

/** What relocation made of an instruction, as far as it matters for where the program goes. */
export type Relocated =
  | { readonly is: 'poisoned' }
  /** Its immediate value; null: not known. */
  | { readonly is: 'immediate'; readonly value: bigint | null }
  /** The offset of its load or store. */
  | { readonly is: 'offset'; readonly value: number }
  /** What a 64-bit load gives that refers to data or an extern. */
  | { readonly is: 'value'; readonly value: Value };

/** What a function meets. */
export interface Around {
  /** By instruction. */
  readonly relocated: ReadonlyMap<number, Relocated>;
  /** Of r1 and on; those that are left out are unknown. */
  readonly args: readonly Value[];
  /** A call is reached, or with null a load of a function's address. Returns what the call does. */
  call(insn: number, args: readonly Value[] | null): Value;
  /** Whether jumps on what is doubtful are taken. */
  readonly assumes: boolean;
}

/** Where a function can get to. */
export interface Reached {
  readonly poisoned: ReadonlySet<number>;
  /** Offsets in the program's context that are loaded from. */
  readonly context: ReadonlySet<number>;
  /** Instructions whose relocated offset counted for this. */
  readonly offsets: ReadonlySet<number>;
  /** What it returns. */
  readonly result: Value;
  /** A jump was on what is doubtful. */
  readonly isDoubtful: boolean;
}

const MODE_MEM = 0x60;
const MODE_MEMSX = 0x80;
const bytesOf = (code: number) => ({ 0: 4, 8: 2, 16: 1, 24: 8 })[code & 0x18]!;

/**
 * Where a function gets to when only constants are known: immediate values, data that does not change, and what is
 * computed of them. The verifier knows that and more, so what is not reached here is not reached there either.
 */
export function reach(code: Code, around: Around): Reached {
  return new Walk(code, around).run();
}

class Walk {
  private readonly code: Code;
  private readonly around: Around;
  private readonly leaders: Uint8Array;
  private readonly states = new Map<number, State>();
  private readonly waiting: number[] = [];
  private readonly poisoned = new Set<number>();
  private readonly context = new Set<number>();
  private readonly offsets = new Set<number>();
  private result: Value | undefined;
  private isDoubtful = false;

  constructor(code: Code, around: Around) {
    this.code = code;
    this.around = around;
    this.leaders = leadersOf(code);
  }

  run(): Reached {
    this.enter(0, State.entry(this.around.args));
    for (let insn = this.waiting.pop(); insn !== undefined; insn = this.waiting.pop()) {
      this.block(insn, this.states.get(insn)!.copy());
    }
    const { poisoned, context, offsets, result = UNKNOWN, isDoubtful } = this;
    return { poisoned, context, offsets, result, isDoubtful };
  }

  /** Each merge loses something, of which there is little, so that this comes to an end. */
  private enter(insn: number, state: State): void {
    if (insn < 0 || insn >= this.code.length) return;
    const known = this.states.get(insn);
    if (known === undefined) this.states.set(insn, state.copy());
    else if (!known.merge(state)) return;
    this.waiting.push(insn);
  }

  private block(first: number, state: State): void {
    for (let insn = first; insn < this.code.length; ) {
      if (insn !== first && this.leaders[insn] === 1) {
        this.enter(insn, state);
        return;
      }
      const next = this.step(insn, state);
      if (next < 0) return;
      insn = next;
    }
  }

  /** Returns the instruction that follows, or -1 at the end of a block. */
  private step(insn: number, state: State): number {
    const { code } = this;
    if (this.around.relocated.get(insn)?.is === 'poisoned') {
      // The verifier ends here. What follows is followed all the same: it has to be mended next.
      this.poisoned.add(insn);
      state.poison();
      return insn + (code.code(insn) === Op.LDIMM64 ? 2 : 1);
    }
    const op = code.code(insn);
    switch (op & 7) {
      case Class.LD:
        return this.load(insn, state);
      case Class.LDX:
        this.loadMemory(insn, state);
        return insn + 1;
      case Class.ST:
        this.storeImmediate(insn, state);
        return insn + 1;
      case Class.STX:
        this.storeRegister(insn, state);
        return insn + 1;
      case Class.ALU:
      case Class.ALU64:
        this.arithmetic(insn, state);
        return insn + 1;
      default:
        return this.jump(insn, state);
    }
  }

  private immediate(insn: number): Value {
    const relocated = this.around.relocated.get(insn);
    if (relocated?.is !== 'immediate') return constant(BigInt(this.code.imm(insn)));
    return relocated.value === null ? UNKNOWN : constant(BigInt.asIntN(32, relocated.value));
  }

  /** `of` is what it is added to. */
  private offset(insn: number, of: Value): number {
    const relocated = this.around.relocated.get(insn);
    if (relocated?.is !== 'offset') return this.code.off(insn);
    if (of.is === 'context' || of.is === 'frame' || of.is === 'data') this.offsets.add(insn);
    return relocated.value;
  }

  private load(insn: number, state: State): number {
    const { code } = this;
    if (code.code(insn) !== Op.LDIMM64) {
      // A packet's bytes, as socket filters load them.
      state.call(UNKNOWN);
      return insn + 1;
    }
    const relocated = this.around.relocated.get(insn);
    let value: Value = UNKNOWN;
    if (relocated?.is === 'value') value = relocated.value;
    else if (relocated?.is === 'immediate')
      value = relocated.value === null ? UNKNOWN : constant(relocated.value);
    else if (code.source(insn) === 0 && relocated === undefined) value = constant(code.imm64(insn));
    this.around.call(insn, null);
    state.set(code.destination(insn), value);
    return insn + 2;
  }

  private loadMemory(insn: number, state: State): void {
    const { code } = this;
    const op = code.code(insn);
    const size = bytesOf(op);
    const mode = op & 0xe0;
    const from = state.registers[code.source(insn)];
    let value: Value = UNKNOWN;
    if (from.is === 'context') this.context.add(from.offset + this.offset(insn, from));
    if (from.is === 'frame' && mode === MODE_MEM)
      value = state.load(from.offset + this.offset(insn, from), size);
    if (from.is === 'data')
      value = read(from.bytes, from.offset + this.offset(insn, from), size, code.littleEndian);
    if (mode === MODE_MEMSX && value.is === 'constant')
      value = constant(BigInt.asIntN(8 * size, value.value));
    state.set(code.destination(insn), value);
  }

  private storeImmediate(insn: number, state: State): void {
    const { code } = this;
    const to = state.registers[code.destination(insn)];
    const value = constant(BigInt(code.imm(insn)));
    state.store(to, this.offset(insn, to), bytesOf(code.code(insn)), value);
  }

  private storeRegister(insn: number, state: State): void {
    const { code } = this;
    const op = code.code(insn);
    const [to, value] = [state.registers[code.destination(insn)], state.registers[code.source(insn)]];
    if ((op & 0xe0) === MODE_MEM) {
      state.store(to, this.offset(insn, to), bytesOf(op), value);
      return;
    }
    // Atomic operations, which may also load.
    state.store(to, this.offset(insn, to), 8, UNKNOWN);
    state.setUnknown(code.source(insn), value);
    state.setUnknown(0, state.registers[0]);
  }

  private arithmetic(insn: number, state: State): void {
    const { code } = this;
    const op = code.code(insn);
    const is64 = (op & 7) === Class.ALU64;
    const operation = op & 0xf0;
    const to = code.destination(insn);
    const right = (op & 8) === 0 ? this.immediate(insn) : state.registers[code.source(insn)];
    const left = state.registers[to];
    const value =
      code.off(insn) === 0 ? combine(operation, left, right, is64) : this.signed(insn, right, is64);
    if (value.is === 'unknown') state.setUnknown(to, right, ...(operation === MOV ? [] : [left]));
    else state.set(to, value);
  }

  /** Operations with an offset: moves with sign extension from so many bits, and signed division. */
  private signed(insn: number, right: Value, is64: boolean): Value {
    const { code } = this;
    if ((code.code(insn) & 0xf0) !== MOV || right.is !== 'constant') return UNKNOWN;
    const value = BigInt.asIntN(code.off(insn) & 63, right.value);
    return constant(is64 ? value : BigInt.asUintN(32, value));
  }

  private jump(insn: number, state: State): number {
    const { code } = this;
    const op = code.code(insn);
    const target = targetOf(code, insn);
    if (op === Op.EXIT) {
      const [value] = state.registers;
      this.result = this.result === undefined ? value : joined(this.result, value);
      return -1;
    }
    if (op === Op.JA || op === Op.JA32) {
      this.enter(target, state);
      return -1;
    }
    if ((op & 0xf0) === 0x80) {
      const result = this.around.call(insn, state.registers.slice(1, ARGUMENTS + 1));
      state.call(result, code.source(insn) === 0 ? stackWrites(code.imm(insn), state.registers) : undefined);
      return insn + 1;
    }
    const taken = this.decide(insn, state);
    if (taken !== undefined) {
      this.enter(taken ? target : insn + 1, state);
      return -1;
    }
    this.enterEqual(insn, target, JEQ, state);
    this.enterEqual(insn, insn + 1, JNE, state);
    return -1;
  }

  /** Enters a side of a jump, on which the register is what it was compared with if the jump is of that kind. */
  private enterEqual(insn: number, to: number, operation: number, state: State): void {
    const { code } = this;
    const op = code.code(insn);
    const register = code.destination(insn);
    const before = state.registers[register];
    const right = this.compared(insn, state);
    const isEqual = (op & 0xf0) === operation && (op & 7) === Class.JMP && right.is === 'constant';
    if (isEqual && before.is === 'unknown') state.set(register, right);
    this.enter(to, state);
    state.set(register, before);
  }

  private compared(insn: number, { registers }: State): Value {
    const { code } = this;
    return (code.code(insn) & 8) === 0 ? constant(BigInt(code.imm(insn))) : registers[code.source(insn)];
  }

  private decide(insn: number, state: State): boolean | undefined {
    const { code } = this;
    const op = code.code(insn);
    const is64 = (op & 7) === Class.JMP;
    const left = state.registers[code.destination(insn)];
    const right = this.compared(insn, state);
    if (left.is === 'unknown' || right.is === 'unknown') return undefined;
    if (left.is === 'doubtful' || right.is === 'doubtful') {
      this.isDoubtful = true;
      return this.around.assumes;
    }
    if (left.is === 'constant' && right.is === 'constant') {
      return isTaken(op & 0xf0, left.value, right.value, is64);
    }
    const isNull = right.is === 'constant' && right.value === 0n && left.is !== 'constant' && is64;
    const operation = op & 0xf0;
    return isNull && (operation === JEQ || operation === JNE) ? operation === JNE : undefined;
  }
}
