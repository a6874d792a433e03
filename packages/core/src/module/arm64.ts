import type { Machine, Step, Value } from './machine.js';
import type { Relocation } from './relocations.js';

/** x0 to x18 and the link register are not kept by a call (Procedure Call Standard for the Arm 64-bit Architecture). */
const LOST_IN_CALL = [...Array.from({ length: 19 }, (_, register) => register), 30];

/** ELF for the Arm 64-bit Architecture. */
const R_AARCH64_ADR_PREL_LO21 = 274;
const R_AARCH64_ADD_ABS_LO12_NC = 277;

const ZERO = 31;

/** A register of the general ones; 31 is the zero register, or the stack pointer, of which nothing is known. */
function put(state: Value[], register: number, value: Value): void {
  if (register !== ZERO) state[register] = value;
}

/** arm64, as far as compilers use it in front of a call; everything else forgets what it may change. */
export const arm64: Machine = {
  registers: 32,
  parameters: [0, 1, 2, 3, 4, 5, 6, 7],
  step({ view, relocations }, at, state): Step | undefined {
    if (at + 4 > view.byteLength) return undefined;
    const word = view.getUint32(at, true);
    const next = { length: 4, next: true };
    const [d, n, m] = [word & 31, (word >>> 5) & 31, (word >>> 16) & 31];
    const relocation = relocations.get(at);

    if (word >>> 26 === 0b100101) {
      for (const register of LOST_IN_CALL) state[register] = undefined;
      return { ...next, field: at };
    }
    if (word >>> 26 === 0b000101) return jump(at, signed(word, 0, 26), false, relocation !== undefined);
    // B.cond; CBZ, CBNZ; TBZ, TBNZ
    if (word >>> 24 === 0x54) return jump(at, signed(word, 5, 19), true, relocation !== undefined);
    if (((word >>> 25) & 0x3f) === 0x1a) return jump(at, signed(word, 5, 19), true, relocation !== undefined);
    if (((word >>> 25) & 0x3f) === 0x1b) return jump(at, signed(word, 5, 14), true, relocation !== undefined);
    if (word >>> 25 === 0b1101011) {
      const operation = (word >>> 21) & 15;
      if (operation === 1 || operation === 9) {
        for (const register of LOST_IN_CALL) state[register] = undefined;
        return next;
      }
      return operation === 2 ? { length: 4, next: false } : { length: 4, next: false, indirect: true };
    }
    // MOVZ without a shift, and MOV between registers (ORR with the zero register).
    if ((word & 0x7fe00000) === 0x52800000) put(state, d, { number: (word >>> 5) & 0xffff });
    else if ((word & 0x7fe0ffe0) === 0x2a0003e0) put(state, d, m === ZERO ? { number: 0 } : state[m]);
    else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      // Only the page: the instruction that adds the rest has a relocation to the whole.
      put(state, d, undefined);
    } else if ((word & 0x9f000000) === 0x10000000) {
      put(state, d, relocation?.type === R_AARCH64_ADR_PREL_LO21 ? { place: relocation } : undefined);
    } else if ((word & 0xffc00000) >>> 0 === 0x91000000) {
      put(state, d, sum(state[n], relocation, (word >>> 10) & 0xfff));
    } else {
      forgetOperands(word, state, d, n);
    }
    return next;
  },
};

/** ADD of a constant: the rest of an address, or a step from one. */
function sum(from: Value, relocation: Relocation | undefined, constant: number): Value {
  if (relocation !== undefined) {
    return relocation.type === R_AARCH64_ADD_ABS_LO12_NC ? { place: relocation } : undefined;
  }
  if (from === undefined || 'number' in from) return undefined;
  return { place: { ...from.place, offset: from.place.offset + constant } };
}

/** What any other instruction may write: its first register, of a pair the second, and a base that moves along. */
function forgetOperands(word: number, state: Value[], d: number, n: number): void {
  if (((word >>> 25) & 5) !== 4) {
    put(state, d, undefined);
    return;
  }
  const group = (word >>> 24) & 0x3f;
  // By an unsigned offset the base stays.
  if (group !== 0b111001) put(state, n, undefined);
  if (group >> 3 === 0b101) {
    if (((word >>> 22) & 1) === 0) return;
    put(state, (word >>> 10) & 31, undefined);
  } else if (group === 0b001000) {
    // Exclusive ones and compare-and-swap write a status, or old values, of one register or two.
    for (const at of [10, 16]) put(state, (word >>> at) & 31, undefined);
    put(state, ((word >>> 16) & 31) + 1, undefined);
  } else if (group === 0b111001 && ((word >>> 22) & 3) === 0) {
    return;
  }
  put(state, d, undefined);
  // Of a pair of registers without a number of its own.
  if (group === 0b001000) put(state, d + 1, undefined);
}

function jump(at: number, distance: number, conditional: boolean, relocated: boolean): Step {
  const step = { length: 4, next: conditional };
  return relocated ? { ...step, field: at } : { ...step, target: at + 4 * distance };
}

function signed(word: number, from: number, bits: number): number {
  return (word << (32 - from - bits)) >> (32 - bits);
}
