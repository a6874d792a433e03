import { EM_386, EM_AARCH64, EM_ARM, EM_S390, EM_X86_64 } from '../../elf/index.js';

/** Names of the DWARF registers from a number on. */
type Run = readonly [from: number, names: readonly string[]];

const numbered = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`);

/** By machine, as its psABI numbers them: those that parameters can be in. */
const REGISTERS = new Map<number, readonly Run[]>([
  [
    EM_X86_64,
    [
      [0, ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', ...numbered('r', 8, 15)]],
      [17, numbered('xmm', 0, 15)],
    ],
  ],
  [
    EM_386,
    [
      [0, ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi']],
      [21, numbered('xmm', 0, 7)],
    ],
  ],
  [
    EM_AARCH64,
    [
      [0, [...numbered('x', 0, 30), 'sp']],
      [64, numbered('v', 0, 31)],
    ],
  ],
  [
    EM_ARM,
    [
      [0, [...numbered('r', 0, 12), 'sp', 'lr', 'pc']],
      [64, numbered('s', 0, 31)],
      [256, numbered('d', 0, 31)],
    ],
  ],
  [
    EM_S390,
    [
      [0, numbered('r', 0, 15)],
      [16, ['f0', 'f2', 'f4', 'f6', 'f1', 'f3', 'f5', 'f7']],
      [24, ['f8', 'f10', 'f12', 'f14', 'f9', 'f11', 'f13', 'f15']],
    ],
  ],
]);

/** Name of a machine's DWARF register, such as "rdi"; "reg 77" where it is not known. */
export function registerName(machine: number, register: number): string {
  for (const [from, names] of REGISTERS.get(machine) ?? []) {
    const name = names[register - from];
    if (name !== undefined) return name;
  }
  return `reg ${register}`;
}
