import { type Code, Op } from './code.js';
import { calculate, constant, FRAME_REGISTER, isTaken, State, UNKNOWN, type Value } from './flow.js';

/** What relocation made of an instruction, as far as it matters for where the program goes. */
export type Relocated =
  | { readonly is: 'poisoned' }
  /** Its immediate value; null: not known. */
  | { readonly is: 'immediate'; readonly value: bigint | null }
  /** The offset of its load or store. */
  | { readonly is: 'offset'; readonly value: number };

/** Where a function can get to. */
export interface Reached {
  /** Poisoned instructions. */
  readonly poisoned: ReadonlySet<number>;
  /** Instructions that call, or hand on a function's address. */
  readonly calls: ReadonlySet<number>;
  /** Offsets in the program's context that are loaded from. */
  readonly context: ReadonlySet<number>;
  /** Instructions whose relocated offset counted for this. */
  readonly offsets: ReadonlySet<number>;
}

const Class = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;
const MODE_MEM = 0x60;
const bytesOf = (code: number) => ({ 0: 4, 8: 2, 16: 1, 24: 8 })[code & 0x18]!;

/**
 * Where a function gets to when only constants are known: immediate values, and what is computed of them. The verifier
 * knows that and more, so what is not reached here is not reached there either. `relocated`: by instruction.
 */
export function reach(
  code: Code,
  relocated: ReadonlyMap<number, Relocated>,
  callees: ReadonlyMap<number, number>,
  hasContext: boolean,
): Reached {
  return new Walk(code, relocated, callees).run(hasContext);
}

class Walk {
  private readonly code: Code;
  private readonly relocated: ReadonlyMap<number, Relocated>;
  private readonly callees: ReadonlyMap<number, number>;
  private readonly leaders: Uint8Array;
  private readonly states = new Map<number, State>();
  private readonly waiting: number[] = [];
  private readonly poisoned = new Set<number>();
  private readonly calls = new Set<number>();
  private readonly context = new Set<number>();
  private readonly offsets = new Set<number>();

  constructor(code: Code, relocated: ReadonlyMap<number, Relocated>, callees: ReadonlyMap<number, number>) {
    this.code = code;
    this.relocated = relocated;
    this.callees = callees;
    this.leaders = leadersOf(code);
  }

  run(hasContext: boolean): Reached {
    this.enter(0, State.entry(hasContext));
    for (let insn = this.waiting.pop(); insn !== undefined; insn = this.waiting.pop()) {
      this.block(insn, this.states.get(insn)!.copy());
    }
    const { poisoned, calls, context, offsets } = this;
    return { poisoned, calls, context, offsets };
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
    if (this.relocated.get(insn)?.is === 'poisoned') {
      this.poisoned.add(insn);
      state.forget(FRAME_REGISTER - 1);
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
    const relocated = this.relocated.get(insn);
    if (relocated?.is !== 'immediate') return constant(BigInt(this.code.imm(insn)));
    return relocated.value === null ? UNKNOWN : constant(BigInt.asIntN(32, relocated.value));
  }

  /** `of` is what it is added to. */
  private offset(insn: number, of: Value): number {
    const relocated = this.relocated.get(insn);
    if (relocated?.is !== 'offset') return this.code.off(insn);
    if (of.is === 'context' || of.is === 'frame') this.offsets.add(insn);
    return relocated.value;
  }

  private load(insn: number, { registers }: State): number {
    const { code } = this;
    if (code.code(insn) !== Op.LDIMM64) {
      // A packet's bytes, as socket filters load them.
      for (let register = 0; register <= 5; register++) registers[register] = UNKNOWN;
      return insn + 1;
    }
    if (this.callees.has(insn)) this.calls.add(insn);
    const relocated = this.relocated.get(insn);
    let value: Value = UNKNOWN;
    if (relocated?.is === 'immediate') value = relocated.value === null ? UNKNOWN : constant(relocated.value);
    else if (code.source(insn) === 0 && relocated === undefined) value = constant(code.imm64(insn));
    registers[code.destination(insn)] = value;
    return insn + 2;
  }

  private loadMemory(insn: number, state: State): void {
    const { code } = this;
    const op = code.code(insn);
    const from = state.registers[code.source(insn)];
    let value: Value = UNKNOWN;
    if (from.is === 'context') this.context.add(from.offset + this.offset(insn, from));
    if (from.is === 'frame' && (op & 0xe0) === MODE_MEM && bytesOf(op) === 8) {
      value = state.stack.get(from.offset + this.offset(insn, from)) ?? UNKNOWN;
    }
    state.registers[code.destination(insn)] = value;
  }

  private storeImmediate(insn: number, state: State): void {
    const { code } = this;
    const to = state.registers[code.destination(insn)];
    const value = constant(BigInt(code.imm(insn)));
    state.store(to, this.offset(insn, to), bytesOf(code.code(insn)), value);
  }

  private storeRegister(insn: number, state: State): void {
    const { code } = this;
    const { registers } = state;
    const op = code.code(insn);
    const to = registers[code.destination(insn)];
    if ((op & 0xe0) === MODE_MEM) {
      state.store(to, this.offset(insn, to), bytesOf(op), registers[code.source(insn)]);
      return;
    }
    // Atomic operations, which may also load.
    state.store(to, this.offset(insn, to), 8, UNKNOWN);
    registers[code.source(insn)] = UNKNOWN;
    registers[0] = UNKNOWN;
  }

  private arithmetic(insn: number, { registers }: State): void {
    const { code } = this;
    const op = code.code(insn);
    const is64 = (op & 7) === Class.ALU64;
    const operation = op & 0xf0;
    const to = code.destination(insn);
    const right = (op & 8) === 0 ? this.immediate(insn) : registers[code.source(insn)];
    const left = registers[to];
    // Sign extension, signed division.
    if (code.off(insn) !== 0) registers[to] = UNKNOWN;
    else if (operation === 0xb0 && is64) registers[to] = right;
    else registers[to] = combine(operation, left, right, is64);
  }

  private jump(insn: number, state: State): number {
    const { code } = this;
    const op = code.code(insn);
    const target = targetOf(code, insn);
    if (op === Op.EXIT) return -1;
    if (op === Op.JA || op === Op.JA32) {
      this.enter(target, state);
      return -1;
    }
    if ((op & 0xf0) === 0x80) {
      if (this.callees.has(insn)) this.calls.add(insn);
      state.forget(5);
      return insn + 1;
    }
    const taken = this.decide(insn, state);
    if (taken !== false) this.enter(target, state);
    if (taken !== true) this.enter(insn + 1, state);
    return -1;
  }

  private decide(insn: number, { registers }: State): boolean | undefined {
    const { code } = this;
    const op = code.code(insn);
    const left = registers[code.destination(insn)];
    const right = (op & 8) === 0 ? constant(BigInt(code.imm(insn))) : registers[code.source(insn)];
    if (left.is !== 'constant' || right.is !== 'constant') return undefined;
    return isTaken(op & 0xf0, left.value, right.value, (op & 7) === Class.JMP);
  }
}

function combine(operation: number, left: Value, right: Value, is64: boolean): Value {
  if (right.is !== 'constant') {
    return UNKNOWN;
  }
  // A constant moved into 32 bits needs no left side.
  if (left.is === 'constant' || operation === 0xb0) {
    const a = left.is === 'constant' ? left.value : 0n;
    const value = calculate(operation, a, right.value, is64);
    return value === undefined ? UNKNOWN : constant(value);
  }
  if (!is64 || left.is === 'unknown' || operation > 0x10) return UNKNOWN;
  const by = Number(BigInt.asIntN(64, right.value));
  return { is: left.is, offset: left.offset + (operation === 0 ? by : -by) };
}

function targetOf(code: Code, insn: number): number {
  return insn + 1 + (code.code(insn) === Op.JA32 ? code.imm(insn) : code.off(insn));
}

/** Instructions at which a block begins. */
function leadersOf(code: Code): Uint8Array {
  const leaders = new Uint8Array(code.length + 1);
  leaders[0] = 1;
  for (let insn = 0; insn < code.length; insn++) {
    const op = code.code(insn);
    if (op === Op.LDIMM64) insn++;
    const kind = op & 7;
    if ((kind !== Class.JMP && kind !== Class.JMP32) || op === Op.EXIT || (op & 0xf0) === 0x80) continue;
    const target = targetOf(code, insn);
    if (target >= 0 && target < code.length) leaders[target] = 1;
    leaders[insn + 1] = 1;
  }
  return leaders;
}
