import type { Code, Machine, Step, Value } from './machine.js';

const [RAX, RCX, RDX, RBX, , , RSI, RDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Not kept by a call (System V ABI, AMD64 supplement). */
const LOST_IN_CALL = [RAX, RCX, RDX, RSI, RDI, 8, 9, 10, 11];

const R_X86_64_PC32 = 2;

/** x86-64, as far as compilers use it in front of a call; everything else forgets what it may change. */
export const x86: Machine = {
  registers: 16,
  parameters: [RDI, RSI, RDX, RCX, 8, 9],
  step: (code, at, state) => new Decoder(code, at, state).step(),
};

/** One-byte opcodes that have a ModRM byte (Intel SDM, appendix A), but for arithmetic below 0x40. */
function hasModrm(op: number): boolean {
  if (op < 0x40) return (op & 7) < 4;
  return (
    op === 0x63 ||
    op === 0x69 ||
    op === 0x6b ||
    (op >= 0x80 && op <= 0x8f) ||
    op === 0xc0 ||
    op === 0xc1 ||
    op === 0xc6 ||
    op === 0xc7 ||
    (op >= 0xd0 && op <= 0xd3) ||
    (op >= 0xd8 && op <= 0xdf) ||
    op === 0xf6 ||
    op === 0xf7 ||
    op === 0xfe ||
    op === 0xff
  );
}

/** Two-byte opcodes without one. */
function hasNoModrm(op: number): boolean {
  return (
    (op >= 0x05 && op <= 0x09) ||
    op === 0x0b ||
    op === 0x0e ||
    (op >= 0x30 && op <= 0x37) ||
    op === 0x77 ||
    (op >= 0x80 && op <= 0x8f) ||
    (op >= 0xa0 && op <= 0xa2) ||
    (op >= 0xa8 && op <= 0xaa) ||
    (op >= 0xc8 && op <= 0xcf)
  );
}

/** Two-byte opcodes with an immediate byte. */
const TWO_BYTE_IMMEDIATE = new Set([0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6]);

class Decoder {
  private readonly code: Code;
  private readonly start: number;
  private readonly state: Value[];
  private at: number;
  private rex = 0;
  private narrow = false;
  private mod = 0;
  private reg = 0;
  private rm = 0;
  /** Where the ModRM's displacement is; only of one relative to the next instruction. */
  private relative = -1;

  constructor(code: Code, at: number, state: Value[]) {
    this.code = code;
    this.start = at;
    this.at = at;
    this.state = state;
  }

  step(): Step | undefined {
    try {
      return this.decode();
    } catch (error) {
      // The section ends within the instruction.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private byte(): number {
    return this.code.view.getUint8(this.at++);
  }

  private decode(): Step | undefined {
    let op = this.byte();
    for (; isPrefix(op); op = this.byte()) if (op === 0x66) this.narrow = true;
    if (op >= 0x40 && op <= 0x4f) {
      this.rex = op;
      op = this.byte();
    }
    if (op === 0x0f) return this.twoBytes(this.byte());
    if (op === 0xc4 || op === 0xc5 || op === 0x62) return this.vector(op);
    return this.oneByte(op);
  }

  private get immediateSize(): number {
    return this.narrow ? 2 : 4;
  }

  private readModrm(): void {
    const byte = this.byte();
    this.mod = byte >> 6;
    this.reg = ((byte >> 3) & 7) | ((this.rex & 4) << 1);
    const low = byte & 7;
    this.rm = low | ((this.rex & 1) << 3);
    if (this.mod === 3) return;
    let displacement = this.mod === 1 ? 1 : this.mod === 2 ? 4 : 0;
    if (low === 4) {
      if ((this.byte() & 7) === 5 && this.mod === 0) displacement = 4;
    } else if (low === 5 && this.mod === 0) {
      this.relative = this.at;
      displacement = 4;
    }
    this.at += displacement;
  }

  private forget(...registers: number[]): void {
    for (const register of registers) this.state[register] = undefined;
  }

  private forgetRm(): void {
    if (this.mod === 3) this.forget(this.rm);
  }

  private next(): Step {
    return { length: this.at - this.start, next: true };
  }

  private oneByte(op: number): Step | undefined {
    if (hasModrm(op)) return this.withModrm(op);
    if (op < 0x40) {
      // Arithmetic of rax and an immediate; 0x3c and 0x3d compare.
      this.at += (op & 7) === 4 ? 1 : this.immediateSize;
      if (op < 0x38) this.forget(RAX);
      return (op & 7) < 6 ? this.next() : undefined;
    }
    const embedded = (op & 7) | ((this.rex & 1) << 3);
    if (op <= 0x57) return this.next();
    if (op <= 0x5f) return this.forgetting(0, embedded);
    if (op === 0x68) return this.forgetting(this.immediateSize);
    if (op === 0x6a || op === 0xa8) return this.forgetting(1);
    if (op === 0xa9) return this.forgetting(this.immediateSize);
    if (op >= 0x70 && op <= 0x7f) return this.branch(1, true);
    if (op >= 0xe0 && op <= 0xe3) {
      this.forget(RCX);
      return this.branch(1, true);
    }
    if (op === 0x90) return this.next();
    if (op > 0x90 && op <= 0x97) return this.forgetting(0, RAX, embedded);
    if (op === 0x98 || op === 0x99) return this.forgetting(0, RAX, RDX);
    if (op >= 0x9b && op <= 0x9f) return this.forgetting(0, RAX);
    if ((op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf))
      return this.forgetting(0, RAX, RCX, RSI, RDI);
    if (op >= 0xb0 && op <= 0xb7) return this.forgetting(1, embedded, embedded & 3);
    if (op >= 0xb8 && op <= 0xbf)
      return this.moveImmediate(embedded, (this.rex & 8) !== 0 ? 8 : this.immediateSize);
    if (op === 0xc2 || op === 0xc3 || op === 0xcb || op === 0xcf) return { length: 1, next: false };
    if (op === 0xc9 || op === 0xcc || (op >= 0xf8 && op <= 0xfd) || op === 0xf5) return this.next();
    if (op === 0xe8) return this.call();
    if (op === 0xe9) return this.branch(4, false);
    if (op === 0xeb) return this.branch(1, false);
    if (op === 0xf4) return this.next();
    return undefined;
  }

  private forgetting(immediate: number, ...registers: number[]): Step {
    this.at += immediate;
    this.forget(...registers);
    return this.next();
  }

  private withModrm(op: number): Step | undefined {
    this.readModrm();
    if (op < 0x40) return this.arithmetic(op);
    const { mod, reg, rm, state } = this;
    switch (op) {
      case 0x84:
      case 0x85:
        return this.next();
      case 0x89:
        if (mod === 3) this.set(rm, state[reg]);
        return this.next();
      case 0x8b:
        this.set(reg, mod === 3 ? state[rm] : undefined);
        return this.next();
      case 0x8d:
        this.set(reg, this.relative < 0 ? undefined : this.relativePlace(0));
        return this.next();
      case 0x69:
      case 0x6b:
        return this.forgetting(op === 0x69 ? this.immediateSize : 1, reg);
      case 0x63:
        return this.forgetting(0, reg);
      case 0xc7:
        if (mod === 3) return this.moveImmediate(rm, this.immediateSize);
        return this.forgetting(this.immediateSize);
      case 0xff:
        return this.group5();
    }
    this.at += groupImmediate(op, reg & 7, this.immediateSize);
    if ((op === 0x80 || op === 0x81 || op === 0x83) && (reg & 7) === 7) return this.next();
    if (op === 0x86 || op === 0x87 || op === 0x8a) this.forget(reg, reg & 3);
    if (op === 0xf6 || op === 0xf7) this.forget(RAX, RDX);
    if (op >= 0xd8 && op <= 0xdf) this.forget(RAX);
    this.forgetRm();
    return this.next();
  }

  /** add, or, adc, sbb, and, sub, xor, cmp between registers and memory. */
  private arithmetic(op: number): Step {
    if (op >= 0x38) return this.next();
    const same = this.mod === 3 && this.reg === this.rm;
    if (op >= 0x30 && same) this.set(this.rm, { number: 0 });
    else if ((op & 2) !== 0) this.forget(this.reg, this.reg & 3);
    else this.forgetRm();
    return this.next();
  }

  private set(register: number, value: Value): void {
    // Of a narrow write the upper half stays what it was.
    this.state[register] = this.narrow ? undefined : value;
  }

  private moveImmediate(register: number, size: number): Step {
    const relocation = this.code.relocations.get(this.at);
    const number = size === 2 ? undefined : this.code.view.getInt32(this.at, true);
    const wide = size === 8 ? this.code.view.getInt32(this.at + 4, true) : 0;
    this.at += size;
    if (relocation !== undefined) this.set(register, { place: relocation });
    else this.set(register, number === undefined || wide !== 0 ? undefined : { number });
    return this.next();
  }

  /** The address that a field relative to the next instruction means, `after` bytes of which follow the field. */
  private relativePlace(after: number): Value {
    const relocation = this.code.relocations.get(this.relative);
    if (relocation === undefined || relocation.type !== R_X86_64_PC32) return undefined;
    return { place: { ...relocation, offset: relocation.offset + 4 + after } };
  }

  private call(): Step {
    const field = this.at;
    this.at += 4;
    this.forget(...LOST_IN_CALL);
    return { length: this.at - this.start, next: true, field };
  }

  private branch(size: 1 | 4, conditional: boolean): Step {
    const field = this.at;
    const { view, relocations } = this.code;
    const distance = size === 1 ? view.getInt8(field) : view.getInt32(field, true);
    this.at += size;
    const step = { length: this.at - this.start, next: conditional };
    if (size === 4 && relocations.has(field)) return { ...step, field };
    return { ...step, target: this.at + distance };
  }

  /** inc, dec, call, jmp, push. */
  private group5(): Step | undefined {
    switch (this.reg & 7) {
      case 2:
      case 3:
        this.forget(...LOST_IN_CALL);
        return this.next();
      case 4:
      case 5:
        return { length: this.at - this.start, next: false, indirect: true };
      case 6:
        return this.next();
    }
    this.forgetRm();
    return this.next();
  }

  private twoBytes(op: number): Step | undefined {
    if (op >= 0x80 && op <= 0x8f) return this.branch(4, true);
    // BUG and WARN: the kernel goes on behind the latter.
    if (op === 0x0b) return this.next();
    if (op === 0x05 || op === 0x34) return this.forgetting(0, ...this.state.keys());
    if (hasNoModrm(op)) return this.forgetting(0, RAX, RCX, RDX, RBX);
    if (op === 0x38 || op === 0x3a) {
      this.at++;
      this.readModrm();
      return this.forgetting(op === 0x3a ? 1 : 0, this.reg, RAX, RCX, RDX);
    }
    this.readModrm();
    if (TWO_BYTE_IMMEDIATE.has(op)) this.at++;
    // No operation, prefetch, endbr.
    if (op >= 0x18 && op <= 0x1f) return this.next();
    // What is not told apart further may change either operand, and what cmpxchg and the like change.
    this.forget(this.reg, RAX, RDX, RCX, RBX);
    this.forgetRm();
    return this.next();
  }

  /** VEX and EVEX. */
  private vector(op: number): Step {
    let map = 1;
    if (op === 0xc5) this.at++;
    else {
      map = this.byte() & (op === 0xc4 ? 0x1f : 7);
      this.at += op === 0xc4 ? 1 : 2;
    }
    const vectorOp = this.byte();
    // vzeroupper, vzeroall
    if (map !== 1 || vectorOp !== 0x77) this.readModrm();
    if (map === 3 || (map === 1 && TWO_BYTE_IMMEDIATE.has(vectorOp))) this.at++;
    // Which registers the prefix means, of the general ones, is not looked at.
    return this.forgetting(0, ...this.state.keys());
  }
}

function isPrefix(op: number): boolean {
  return (
    op === 0x66 ||
    op === 0x67 ||
    op === 0xf0 ||
    op === 0xf2 ||
    op === 0xf3 ||
    op === 0x2e ||
    op === 0x36 ||
    op === 0x3e ||
    op === 0x26 ||
    op === 0x64 ||
    op === 0x65
  );
}

/** Bytes of the immediate of an opcode with a ModRM byte; `extension` is its reg field. */
function groupImmediate(op: number, extension: number, size: number): number {
  if (op === 0x80 || op === 0x83 || op === 0xc0 || op === 0xc1 || op === 0xc6) return 1;
  if (op === 0x81) return size;
  if (op === 0xf6) return extension < 2 ? 1 : 0;
  if (op === 0xf7) return extension < 2 ? size : 0;
  return 0;
}
