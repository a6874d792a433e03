import {
  EM_AARCH64,
  EM_ARC,
  EM_ARM,
  EM_MIPS,
  EM_PPC,
  EM_PPC64,
  EM_RISCV,
  EM_S390,
  EM_SPARC,
  EM_SPARCV9,
  EM_X86_64,
} from '../../elf/index.js';

/** How a machine's C functions get their parameters. */
export interface CallingConvention {
  /** How many of them are in registers; 0 where that is not known, so that nothing is said about any. */
  readonly count: number;
  /** Their DWARF register numbers in turn; empty where these are not known. */
  readonly registers: readonly number[];
  /** Is a struct of up to two registers in registers (by value, not by reference)? */
  readonly twoRegisters: boolean;
}

const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];

/** By e_machine, what pahole's dwarf_loader.c knows (arch__nr_register_params, arch__set_register_params). */
const COUNTS = new Map([
  [EM_S390, 5],
  [EM_SPARC, 6],
  [EM_SPARCV9, 6],
  [EM_X86_64, 6],
  [EM_AARCH64, 8],
  [EM_ARC, 8],
  [EM_ARM, 8],
  [EM_MIPS, 8],
  [EM_PPC, 8],
  [EM_PPC64, 8],
  [EM_RISCV, 8],
]);
const REGISTERS = new Map([
  [EM_S390, [2, 3, 4, 5, 6]],
  // rdi, rsi, rdx, rcx, r8, r9
  [EM_X86_64, [5, 4, 1, 2, 8, 9]],
  [EM_ARM, EIGHT],
  [EM_AARCH64, EIGHT],
]);

export function callingConvention(machine: number): CallingConvention {
  return {
    count: COUNTS.get(machine) ?? 0,
    registers: REGISTERS.get(machine) ?? [],
    twoRegisters: machine !== EM_S390,
  };
}
