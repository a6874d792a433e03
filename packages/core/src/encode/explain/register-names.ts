import { EM_386, EM_AARCH64, EM_ARM, EM_S390, EM_X86_64 } from '../../elf/index.js';

const numbered = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`);

/** Names by DWARF register number, as each machine's psABI has them. */
const NAMES = new Map<number, readonly string[]>([
  [EM_X86_64, ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', ...numbered('r', 8, 15)]],
  [EM_386, ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi']],
  [EM_AARCH64, [...numbered('x', 0, 30), 'sp']],
  [EM_ARM, [...numbered('r', 0, 12), 'sp', 'lr', 'pc']],
  [EM_S390, numbered('r', 0, 15)],
]);

/** Name of a machine's DWARF register, such as "rdi"; "reg 77" where it is not known. */
export function registerName(machine: number, register: number): string {
  return NAMES.get(machine)?.[register] ?? `reg ${register}`;
}
