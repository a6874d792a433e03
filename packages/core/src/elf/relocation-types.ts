import {
  EM_386,
  EM_AARCH64,
  EM_ARM,
  EM_BPF,
  EM_LOONGARCH,
  EM_MIPS,
  EM_PPC,
  EM_PPC64,
  EM_RISCV,
  EM_S390,
  EM_SPARC,
  EM_SPARC32PLUS,
  EM_SPARCV9,
  EM_X86_64,
} from './constants.js';

/**
 * What a relocation does to its field. S is the symbol's value, A the addend, P the field's own offset:
 * ABS writes S + A, PC writes S + A - P, ADD, SUB and SET change what stands in the field by S + A.
 */
export const Action = {
  UNSUPPORTED: 0,
  NONE: 1,
  ABS8: 2,
  ABS16: 3,
  ABS32: 4,
  ABS64: 5,
  PC8: 6,
  PC16: 7,
  PC32: 8,
  PC64: 9,
  ADD8: 10,
  ADD16: 11,
  ADD24: 12,
  ADD32: 13,
  ADD64: 14,
  SUB8: 15,
  SUB16: 16,
  SUB24: 17,
  SUB32: 18,
  SUB64: 19,
  /** The low six bits of a byte, as DW_CFA_advance_loc holds them. */
  ADD6: 20,
  SUB6: 21,
  SET6: 22,
  /** A ULEB128 that keeps its length. */
  SET_ULEB: 23,
  ADD_ULEB: 24,
  SUB_ULEB: 25,
  /** The symbol's size plus A. */
  SIZE32: 26,
  SIZE64: 27,
} as const;

/** Bytes that each action touches, by its number; the ULEB128 ones find their end themselves. */
export const actionWidth: readonly number[] = [
  0, 0, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 3, 4, 8, 1, 2, 3, 4, 8, 1, 1, 1, 1, 1, 1, 4, 8,
];

type Types = Readonly<Partial<Record<keyof typeof Action, readonly number[]>>>;

/**
 * The relocation types that compilers and assemblers leave in sections without code, for each machine. DTPREL and
 * its kin (the place of a thread-local variable in its module's block) are S + A here, since S is such a place.
 */
const machines: ReadonlyMap<number, Types> = new Map<number, Types>([
  // System V ABI, AMD64 supplement, "Relocation Types"
  [
    EM_X86_64,
    {
      NONE: [0],
      ABS64: [1, 17],
      ABS32: [10, 11, 21],
      ABS16: [12],
      ABS8: [14],
      PC64: [24],
      PC32: [2],
      PC16: [13],
      PC8: [15],
      SIZE32: [32],
      SIZE64: [33],
    },
  ],
  // System V ABI, Intel386 supplement, "Relocation Types"
  [
    EM_386,
    { NONE: [0], ABS32: [1, 32], ABS16: [20], ABS8: [22], PC32: [2], PC16: [21], PC8: [23], SIZE32: [38] },
  ],
  // ELF for the Arm 64-bit Architecture, "Static data relocations"
  [
    EM_AARCH64,
    { NONE: [0, 256], ABS64: [257], ABS32: [258], ABS16: [259], PC64: [260], PC32: [261], PC16: [262] },
  ],
  // ELF for the Arm Architecture, "Static data relocations"; 38 is R_ARM_TARGET1, absolute on Linux
  [EM_ARM, { NONE: [0], ABS32: [2, 38, 106], ABS16: [5], ABS8: [8], PC32: [3] }],
  // ELF ABI s390x supplement, "Relocation Types"
  [
    EM_S390,
    { NONE: [0], ABS64: [22, 53], ABS32: [4, 52], ABS16: [3], ABS8: [1], PC64: [23], PC32: [5], PC16: [16] },
  ],
  // 64-bit ELF V2 ABI for the Power Architecture, "Relocation Types"; the unaligned UADDR* included
  [EM_PPC64, { NONE: [0], ABS64: [38, 43, 78], ABS32: [1, 24], ABS16: [3, 25], PC64: [44], PC32: [26] }],
  // Power Architecture 32-bit ABI supplement, "Relocation Types"
  [EM_PPC, { NONE: [0], ABS32: [1, 24, 78], ABS16: [3, 25], PC32: [26] }],
  // RISC-V ELF psABI, "Relocations"; 51 is R_RISCV_RELAX, 54 to 56 SET8, SET16, SET32
  [
    EM_RISCV,
    {
      NONE: [0, 51],
      ABS32: [1, 8, 56],
      ABS64: [2, 9],
      PC32: [57],
      ADD8: [33],
      ADD16: [34],
      ADD32: [35],
      ADD64: [36],
      SUB8: [37],
      SUB16: [38],
      SUB32: [39],
      SUB64: [40],
      SUB6: [52],
      SET6: [53],
      ABS8: [54],
      ABS16: [55],
      SET_ULEB: [60],
      SUB_ULEB: [61],
    },
  ],
  // ELF for the LoongArch Architecture, "Relocations"; 20, 21 and 100 only mark instructions
  [
    EM_LOONGARCH,
    {
      NONE: [0, 20, 21, 100],
      ABS32: [1, 8],
      ABS64: [2, 9],
      PC32: [99],
      PC64: [109],
      ADD8: [47],
      ADD16: [48],
      ADD24: [49],
      ADD32: [50],
      ADD64: [51],
      SUB8: [52],
      SUB16: [53],
      SUB24: [54],
      SUB32: [55],
      SUB64: [56],
      ADD6: [105],
      SUB6: [106],
      ADD_ULEB: [107],
      SUB_ULEB: [108],
    },
  ],
  // System V ABI, MIPS supplement, and the 64-bit ELF Object File Specification, "Relocation"; 248 is R_MIPS_PC32
  [EM_MIPS, { NONE: [0], ABS16: [1], ABS32: [2, 39], ABS64: [18, 41], PC32: [248] }],
  // SPARC Compliance Definition 2.4, "Relocation Types"; UA16, UA32 and UA64 are the unaligned ones
  ...[EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9].map((machine): [number, Types] => [
    machine,
    {
      NONE: [0],
      ABS8: [1],
      ABS16: [2, 55],
      ABS32: [3, 23, 76],
      ABS64: [32, 54, 77],
      PC8: [4],
      PC16: [5],
      PC32: [6],
      PC64: [46],
    },
  ]),
  // "eBPF ELF relocations" (kernel: Documentation/bpf/llvm_reloc.rst): R_BPF_64_ABS64, ABS32 and NODYLD32
  [EM_BPF, { NONE: [0], ABS64: [2], ABS32: [3, 4] }],
]);

const ACTION_TABLE_SIZE = 512;
const tables = new Map<number, Uint8Array>();

/** Action of each relocation type of a machine, `undefined` for a machine that is not known. */
export function actionTable(machine: number): Uint8Array | undefined {
  const known = tables.get(machine);
  const types = machines.get(machine);
  if (known || types === undefined) return known;
  const table = new Uint8Array(ACTION_TABLE_SIZE);
  for (const [action, numbers] of Object.entries(types)) {
    for (const number of numbers) table[number] = Action[action as keyof typeof Action];
  }
  tables.set(machine, table);
  return table;
}
