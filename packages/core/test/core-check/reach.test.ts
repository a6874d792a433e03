import { describe, expect, test } from 'vitest';
import { Code } from '../../dist/core-check/code.js';
import { type Relocated, reach } from '../../dist/core-check/reach.js';

/** Instructions as code, destination, source, offset, immediate value. */
type Insn = readonly [code: number, dst: number, src: number, off: number, imm: number];

function assemble(...insns: Insn[]): Code {
  const bytes = new Uint8Array(insns.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [at, [code, dst, src, off, imm]] of insns.entries()) {
    view.setUint8(8 * at, code);
    view.setUint8(8 * at + 1, dst | (src << 4));
    view.setInt16(8 * at + 2, off, true);
    view.setInt32(8 * at + 4, imm, true);
  }
  return new Code(bytes, true);
}

const mov = (dst: number, imm: number): Insn => [0xb7, dst, 0, 0, imm];
const copy = (dst: number, src: number): Insn => [0xbf, dst, src, 0, 0];
const add = (dst: number, imm: number): Insn => [0x07, dst, 0, 0, imm];
const jumpIfEqual = (dst: number, imm: number, off: number): Insn => [0x15, dst, 0, off, imm];
const jump32IfEqual = (dst: number, imm: number, off: number): Insn => [0x16, dst, 0, off, imm];
const jump = (off: number): Insn => [0x05, 0, 0, off, 0];
const store = (dst: number, src: number, off: number): Insn => [0x7b, dst, src, off, 0];
const load = (dst: number, src: number, off: number): Insn => [0x79, dst, src, off, 0];
const call = (imm = 1): Insn => [0x85, 0, 0, 0, imm];
const exit: Insn = [0x95, 0, 0, 0, 0];
const BAD: Insn = [0xb7, 9, 0, 0, 0];

/** Whether the poisoned instruction, r9 = 0, is reached. */
function isReached(insns: readonly Insn[], relocated: readonly [number, Relocated][] = []): boolean {
  const at = insns.indexOf(BAD);
  const known = new Map<number, Relocated>([[at, { is: 'poisoned' }], ...relocated]);
  return reach(assemble(...insns), known, new Map(), true).poisoned.has(at);
}

describe('where a program gets to', () => {
  const guard = [mov(1, 1), jumpIfEqual(1, 0, 1), BAD, exit];
  test('a guard whose value relocation sets', () => {
    expect(isReached(guard, [[0, { is: 'immediate', value: 1n }]])).toBe(true);
    expect(isReached(guard, [[0, { is: 'immediate', value: 0n }]])).toBe(false);
    // The place of a field is no constant to decide by.
    expect(isReached(guard, [[0, { is: 'immediate', value: null }]])).toBe(true);
  });

  test('constants go through registers, the stack, arithmetic and joins', () => {
    expect(isReached([mov(1, 0), copy(2, 1), add(2, 3), jumpIfEqual(2, 3, 1), BAD, exit])).toBe(false);
    expect(isReached([mov(1, 0), store(10, 1, -8), load(2, 10, -8), jumpIfEqual(2, 0, 1), BAD, exit])).toBe(
      false,
    );
    const joined = (left: number, right: number) => [
      load(3, 1, 0),
      jumpIfEqual(3, 0, 2),
      mov(2, left),
      jump(1),
      mov(2, right),
      jumpIfEqual(2, 7, 1),
      BAD,
      exit,
    ];
    expect(isReached(joined(7, 7))).toBe(false);
    expect(isReached(joined(7, 8))).toBe(true);
  });

  test('what is not known is taken for both', () => {
    expect(isReached([call(), jumpIfEqual(0, 0, 1), BAD, exit])).toBe(true);
    // A call may write to the stack, and a pointer to nobody knows where too.
    expect(
      isReached([mov(1, 0), store(10, 1, -8), call(), load(2, 10, -8), jumpIfEqual(2, 0, 1), BAD, exit]),
    ).toBe(true);
    const aliased = [mov(6, 0), store(10, 6, -8), load(7, 1, 0), store(7, 6, 0), load(2, 10, -8)];
    expect(isReached([...aliased, jumpIfEqual(2, 0, 1), BAD, exit])).toBe(true);
    const overlapping = [mov(6, 0), store(10, 6, -8), mov(6, 1), store(10, 6, -12), load(2, 10, -8)];
    expect(isReached([...overlapping, jumpIfEqual(2, 0, 1), BAD, exit])).toBe(true);
  });

  test('comparisons of 32 bits, and constants that loops change', () => {
    expect(isReached([mov(1, -1), [0x04, 1, 0, 0, 1], jump32IfEqual(1, 0, 1), BAD, exit])).toBe(false);
    const loop = [mov(1, 0), add(1, 1), jumpIfEqual(1, 5, 1), jump(-3), BAD, exit];
    expect(isReached(loop)).toBe(true);
    // No way leads past a jump that is always taken, nor past the end.
    expect(isReached([jump(1), BAD, exit])).toBe(false);
    expect(isReached([exit, BAD])).toBe(false);
  });

  test('what is loaded from the context', () => {
    const code = assemble(
      load(2, 1, 8),
      copy(6, 1),
      add(6, 16),
      load(3, 6, 8),
      store(10, 1, -16),
      load(4, 10, -16),
      load(5, 4, 40),
      mov(1, 0),
      load(5, 1, 64),
      exit,
    );
    expect([...reach(code, new Map(), new Map(), true).context].sort((a, b) => a - b)).toEqual([8, 24, 40]);
    expect(reach(code, new Map(), new Map(), false).context.size).toBe(0);
  });

  test('a relocated offset in the context counts, and is told', () => {
    const relocated = new Map<number, Relocated>([[0, { is: 'offset', value: 48 }]]);
    const { context, offsets } = reach(assemble(load(2, 1, 8), exit), relocated, new Map(), true);
    expect([...context]).toEqual([48]);
    expect([...offsets]).toEqual([0]);
  });

  test('code that leads nowhere ends', () => {
    expect(isReached([jump(-5), BAD])).toBe(false);
    expect(isReached([jump(100), BAD])).toBe(false);
    expect(isReached([[0x18, 1, 0, 0, 0], BAD])).toBe(false);
  });
});
