import type { Decision } from './decision.js';
import { CoreRefusal } from './refusal.js';

/** Bytes of an instruction. */
export const INSN_SIZE = 8;

/** Classes of instruction, low three bits of the code (Documentation/bpf/standardization/instruction-set.rst). */
const Class = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, ALU64: 7 } as const;
const LDIMM64 = 0x18;
const CALL = 0x85;
/** "bad relo": a helper function that does not exist, so that the verifier names the instruction if it is reached. */
const BAD_RELO = 0xbad2310;
const LARGEST_OFFSET = 0x7fff;

/** Size bits of a load's or store's code, by bytes. */
const SIZE_BITS = new Map([
  [8, 0x18],
  [4, 0x00],
  [2, 0x08],
  [1, 0x10],
]);
const sizeOfCode = (code: number) => [...SIZE_BITS].find(([, bits]) => bits === (code & 0x18))![0];

/** What became of an instruction. */
export interface Patched {
  /** Which part of the instruction has the value; null: it was poisoned. */
  readonly field: 'imm' | 'off' | 'imm64' | null;
  /** Why a value that is known was of no use. */
  readonly problem?: string;
  /** Bytes that a load or store takes, where they were changed. */
  readonly size?: { readonly before: number; readonly after: number };
}

/**
 * Instructions of one program, to be changed where they stand. An instruction is code, registers, 16 bits of offset,
 * 32 of immediate value, in the byte order of the machine it is for.
 */
export class Instructions {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
  }

  private code(insn: number): number {
    return this.bytes[insn * INSN_SIZE];
  }
  private off(insn: number): number {
    return this.view.getInt16(insn * INSN_SIZE + 2, this.littleEndian);
  }
  private imm(insn: number): number {
    return this.view.getInt32(insn * INSN_SIZE + 4, this.littleEndian);
  }
  private setImm(insn: number, value: bigint): void {
    this.view.setInt32(insn * INSN_SIZE + 4, Number(BigInt.asIntN(32, value)), this.littleEndian);
  }
  private sourceRegister(insn: number): number {
    const registers = this.bytes[insn * INSN_SIZE + 1];
    return this.littleEndian ? registers >> 4 : registers & 15;
  }

  /** Applies a decision to instruction `insn`: bpf_core_patch_insn. Throws CoreRefusal. */
  patch(insn: number, decision: Decision): Patched {
    const { before, after, breaksAccess } = decision;
    if (after === null) return this.poison(insn);
    const expected = before.isCertain ? before.value : null;
    const code = this.code(insn);
    switch (code & 7) {
      case Class.ALU:
      case Class.ALU64:
        // The second operand is a register.
        if ((code & 8) !== 0) throw this.unexpected(insn, 'has no immediate value');
        this.check(insn, BigInt(this.imm(insn)), expected);
        this.setImm(insn, after.value);
        return { field: 'imm' };
      case Class.LDX:
      case Class.ST:
      case Class.STX: {
        this.check(insn, BigInt(this.off(insn)), expected);
        if (after.value > LARGEST_OFFSET) {
          throw new CoreRefusal('ERANGE', `offset ${after.value} is more than a load or store can have`);
        }
        if (breaksAccess) {
          return this.poison(
            insn,
            `the field has ${before.size} bytes in the program and ${after.size} in the target, and a load or store of the other size is right for pointers and unsigned integers alone`,
          );
        }
        this.view.setInt16(insn * INSN_SIZE + 2, Number(after.value), this.littleEndian);
        return before.size === after.size
          ? { field: 'off' }
          : { field: 'off', size: this.resize(insn, before.size, after.size) };
      }
      case Class.LD:
        return this.patchLongImmediate(insn, after.value, expected);
      default:
        throw this.unexpected(insn, 'is none that can be relocated');
    }
  }

  private check(insn: number, found: bigint, expected: bigint | null): void {
    if (expected === null || BigInt.asUintN(64, found) === expected) return;
    throw this.unexpected(insn, `holds ${found}, expected ${expected}`);
  }

  private unexpected(insn: number, problem: string): CoreRefusal {
    const code = this.code(insn).toString(16).padStart(2, '0');
    return new CoreRefusal('EINVAL', `instruction with code 0x${code} ${problem}`);
  }

  private resize(insn: number, before: number, after: number): { before: number; after: number } {
    const code = this.code(insn);
    const size = sizeOfCode(code);
    if (size !== before) throw this.unexpected(insn, `takes ${size} bytes, expected ${before}`);
    const bits = SIZE_BITS.get(after);
    if (bits === undefined) throw this.unexpected(insn, `cannot take ${after} bytes`);
    this.bytes[insn * INSN_SIZE] = (code & ~0x18) | bits;
    return { before, after };
  }

  private patchLongImmediate(insn: number, value: bigint, expected: bigint | null): Patched {
    const second = insn + 1;
    const isWhole =
      this.code(insn) === LDIMM64 &&
      this.sourceRegister(insn) === 0 &&
      this.off(insn) === 0 &&
      second * INSN_SIZE < this.bytes.length &&
      this.view.getUint32(second * INSN_SIZE) === 0;
    if (!isWhole) throw this.unexpected(insn, 'is no load of a plain 64-bit value');
    const found = BigInt.asUintN(32, BigInt(this.imm(insn))) | (BigInt(this.imm(second)) << 32n);
    this.check(insn, found, expected);
    this.setImm(insn, value);
    this.setImm(second, value >> 32n);
    return { field: 'imm64' };
  }

  /** Makes a call of it that the verifier refuses: bpf_core_poison_insn. */
  poison(insn: number, problem?: string): Patched {
    // Both halves, lest the verifier speaks of the second one.
    const halves = this.code(insn) === LDIMM64 && (insn + 1) * INSN_SIZE < this.bytes.length ? 2 : 1;
    for (let i = 0; i < halves; i++) {
      const at = (insn + i) * INSN_SIZE;
      this.bytes.fill(0, at, at + INSN_SIZE);
      this.bytes[at] = CALL;
      this.setImm(insn + i, BigInt(BAD_RELO));
    }
    return problem === undefined ? { field: null } : { field: null, problem };
  }
}
