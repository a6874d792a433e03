import type { BpfProgram } from '@btfkit/core/core-relo';
import type { Elf } from '@btfkit/core/elf';

const STACK = 512;
const BASE = 0x10000000n;
const MOST_STEPS = 100_000;

interface Function {
  readonly section: number;
  readonly start: number;
}

/**
 * Runs a program of a BPF object, of either byte order, with stacks for its memory and nothing else; returns its
 * result as a signed number. What it knows is what clang makes of integer code: arithmetic, jumps, loads and stores,
 * calls of the object's own functions. Throws for anything else, poisoned instructions among it.
 */
export function run(elf: Elf, bytes: Uint8Array, program: BpfProgram): number {
  const calls = callTargets(elf, bytes);
  const memory = new Uint8Array(8 * STACK);
  return Number(
    new Machine(elf, bytes, memory, calls).call(
      { section: program.section.index, start: program.start },
      [],
      0,
    ),
  );
}

/** Where calls lead that the linker has yet to fill in: R_BPF_64_32, by section and instruction. */
function callTargets(elf: Elf, bytes: Uint8Array): Map<string, Function> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const symbols = elf.symbols()!;
  const targets = new Map<string, Function>();
  for (const section of elf.sections) {
    if (section.type !== 9) continue;
    for (let at = section.offset; at < section.offset + section.size; at += 16) {
      const insn = view.getUint32(at + (elf.littleEndian ? 0 : 4), elf.littleEndian) / 8;
      const symbol = view.getUint32(at + (elf.littleEndian ? 12 : 8), elf.littleEndian);
      const type = view.getUint32(at + (elf.littleEndian ? 8 : 12), elf.littleEndian);
      if (type !== 10) continue;
      const target = elf.sections[section.info]!;
      const addend = view.getInt32(target.offset + insn * 8 + 4, elf.littleEndian) + 1;
      targets.set(`${section.info} ${insn}`, {
        section: symbols.shndx[symbol]!,
        start: symbols.valueLo[symbol]! / 8 + addend,
      });
    }
  }
  return targets;
}

class Machine {
  private readonly elf: Elf;
  private readonly view: DataView;
  private readonly memory: DataView;
  private readonly calls: Map<string, Function>;
  private steps = 0;

  constructor(elf: Elf, bytes: Uint8Array, memory: Uint8Array, calls: Map<string, Function>) {
    this.elf = elf;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.memory = new DataView(memory.buffer);
    this.calls = calls;
  }

  call({ section, start }: Function, args: readonly bigint[], depth: number): bigint {
    const little = this.elf.littleEndian;
    const r = new BigUint64Array(11);
    args.forEach((value, i) => {
      r[i + 1] = value;
    });
    r[10] = BASE + BigInt((depth + 1) * STACK);
    for (let pc = start; ; pc++) {
      if (this.steps++ > MOST_STEPS) throw new Error('the program does not end');
      const at = this.elf.sections[section]!.offset + pc * 8;
      const code = this.view.getUint8(at);
      const registers = this.view.getUint8(at + 1);
      const [dst, src] = little ? [registers & 15, registers >> 4] : [registers >> 4, registers & 15];
      const off = this.view.getInt16(at + 2, little);
      const imm = this.view.getInt32(at + 4, little);
      const operand = (code & 8) !== 0 ? r[src]! : BigInt.asUintN(64, BigInt(imm));
      const unknown = () =>
        new Error(`instruction ${pc}: code 0x${code.toString(16)}, imm 0x${imm.toString(16)}`);
      switch (code & 7) {
        case 0: {
          if (code !== 0x18 || src !== 0) throw unknown();
          const high = this.view.getUint32(at + 12, little);
          r[dst] = (BigInt(high) << 32n) | BigInt(imm >>> 0);
          pc++;
          break;
        }
        case 1:
          if (code >> 5 !== 3) throw unknown();
          r[dst] = this.load(r[src]! + BigInt(off), code);
          break;
        case 2:
          this.store(r[dst]! + BigInt(off), code, BigInt(imm));
          break;
        case 3:
          if (code >> 5 !== 3) throw unknown();
          this.store(r[dst]! + BigInt(off), code, r[src]!);
          break;
        case 4:
        case 7: {
          const bits = (code & 7) === 7 ? 64 : 32;
          const result = alu(code >> 4, r[dst]!, operand, bits);
          if (result === undefined) throw unknown();
          r[dst] = BigInt.asUintN(bits, result);
          break;
        }
        default: {
          if (code === 0x95) return BigInt.asIntN(32, r[0]!);
          if (code === 0x85) {
            const target =
              src === 1
                ? (this.calls.get(`${section} ${pc}`) ?? { section, start: pc + 1 + imm })
                : undefined;
            if (target === undefined) throw unknown();
            r[0] = BigInt.asUintN(64, this.call(target, [...r.subarray(1, 6)], depth + 1));
            break;
          }
          const taken = jumps(code >> 4, r[dst]!, operand, (code & 7) === 5 ? 64 : 32);
          if (taken === undefined) throw unknown();
          if (taken) pc += off;
        }
      }
    }
  }

  private load(address: bigint, code: number): bigint {
    const at = Number(address - BASE);
    const little = this.elf.littleEndian;
    switch (code & 0x18) {
      case 0x00:
        return BigInt(this.memory.getUint32(at, little));
      case 0x08:
        return BigInt(this.memory.getUint16(at, little));
      case 0x10:
        return BigInt(this.memory.getUint8(at));
      default:
        return this.memory.getBigUint64(at, little);
    }
  }

  private store(address: bigint, code: number, value: bigint): void {
    const at = Number(address - BASE);
    const little = this.elf.littleEndian;
    switch (code & 0x18) {
      case 0x00:
        this.memory.setUint32(at, Number(BigInt.asUintN(32, value)), little);
        break;
      case 0x08:
        this.memory.setUint16(at, Number(BigInt.asUintN(16, value)), little);
        break;
      case 0x10:
        this.memory.setUint8(at, Number(BigInt.asUintN(8, value)));
        break;
      default:
        this.memory.setBigUint64(at, BigInt.asUintN(64, value), little);
    }
  }
}

function alu(operation: number, left: bigint, right: bigint, bits: number): bigint | undefined {
  const a = BigInt.asUintN(bits, left);
  const b = BigInt.asUintN(bits, right);
  const shift = b & BigInt(bits - 1);
  switch (operation) {
    case 0x0:
      return a + b;
    case 0x1:
      return a - b;
    case 0x2:
      return a * b;
    case 0x4:
      return a | b;
    case 0x5:
      return a & b;
    case 0x6:
      return a << shift;
    case 0x7:
      return a >> shift;
    case 0x8:
      return -a;
    case 0xa:
      return a ^ b;
    case 0xb:
      return b;
    case 0xc:
      return BigInt.asIntN(bits, a) >> shift;
    default:
      return undefined;
  }
}

function jumps(operation: number, left: bigint, right: bigint, bits: number): boolean | undefined {
  const [a, b] = [BigInt.asUintN(bits, left), BigInt.asUintN(bits, right)];
  const [x, y] = [BigInt.asIntN(bits, left), BigInt.asIntN(bits, right)];
  switch (operation) {
    case 0x0:
      return true;
    case 0x1:
      return a === b;
    case 0x2:
      return a > b;
    case 0x3:
      return a >= b;
    case 0x4:
      return (a & b) !== 0n;
    case 0x5:
      return a !== b;
    case 0x6:
      return x > y;
    case 0x7:
      return x >= y;
    case 0xa:
      return a < b;
    case 0xb:
      return a <= b;
    case 0xc:
      return x < y;
    case 0xd:
      return x <= y;
    default:
      return undefined;
  }
}
