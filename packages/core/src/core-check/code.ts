import { INSN_SIZE } from '../core-relo/patch.js';

/** Codes that are looked at by themselves (Documentation/bpf/standardization/instruction-set.rst). */
export const Op = { LDIMM64: 0x18, CALL: 0x85, EXIT: 0x95, JA: 0x05, JA32: 0x06 } as const;

/** Source register of a call to a function of the object, and of a load of such a function's address. */
export const PSEUDO_CALL = 1;
export const PSEUDO_FUNC = 4;

/** Instructions of one function, read where they stand. Places count instructions from its start. */
export class Code {
  /** Instructions, both halves of a 64-bit immediate counted. */
  readonly length: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.length = Math.floor(bytes.length / INSN_SIZE);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
  }

  code(insn: number): number {
    return this.bytes[insn * INSN_SIZE];
  }
  destination(insn: number): number {
    const registers = this.bytes[insn * INSN_SIZE + 1];
    return this.littleEndian ? registers & 15 : registers >> 4;
  }
  source(insn: number): number {
    const registers = this.bytes[insn * INSN_SIZE + 1];
    return this.littleEndian ? registers >> 4 : registers & 15;
  }
  off(insn: number): number {
    return this.view.getInt16(insn * INSN_SIZE + 2, this.littleEndian);
  }
  imm(insn: number): number {
    return this.view.getInt32(insn * INSN_SIZE + 4, this.littleEndian);
  }
  /** The value of a 64-bit immediate, unsigned. The second half may be missing. */
  imm64(insn: number): bigint {
    const high = insn + 1 < this.length ? BigInt(this.imm(insn + 1)) : 0n;
    return BigInt.asUintN(64, (high << 32n) | BigInt.asUintN(32, BigInt(this.imm(insn))));
  }

  /** One instruction's bytes, two of a 64-bit immediate. Shares memory. */
  slice(insn: number): Uint8Array {
    const length = this.code(insn) === Op.LDIMM64 ? 2 : 1;
    return this.bytes.subarray(insn * INSN_SIZE, Math.min(insn + length, this.length) * INSN_SIZE);
  }
}

/** Low three bits of a code. */
export const Class = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;

/** Where a jump leads. */
export function targetOf(code: Code, insn: number): number {
  return insn + 1 + (code.code(insn) === Op.JA32 ? code.imm(insn) : code.off(insn));
}

/** Instructions at which a block begins. */
export function leadersOf(code: Code): Uint8Array {
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
