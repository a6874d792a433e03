import { describe, expect, test } from 'vitest';
import { Code } from '../../dist/core-check/code.js';
import { type Around, type Relocated, reach } from '../../dist/core-check/reach.js';
import { ADDRESS, UNKNOWN, type Value } from '../../dist/core-check/values.js';

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
/** Of a helper that nothing is known of. */
const call = (imm = 9999): Insn => [0x85, 0, 0, 0, imm];
const exit: Insn = [0x95, 0, 0, 0, 0];
const BAD: Insn = [0xb7, 9, 0, 0, 0];

const around = (more: Partial<Around> = {}): Around => ({
  relocated: new Map(),
  args: [{ is: 'context', offset: 0 }],
  call: () => UNKNOWN,
  assumes: false,
  ...more,
});

/** Whether the poisoned instruction, r9 = 0, is reached. */
function isReached(
  insns: readonly Insn[],
  relocated: readonly [number, Relocated][] = [],
  more: Partial<Around> = {},
): boolean {
  const at = insns.indexOf(BAD);
  const known = new Map<number, Relocated>([[at, { is: 'poisoned' }], ...relocated]);
  return reach(assemble(...insns), around({ relocated: known, ...more })).poisoned.has(at);
}
const value = (is: Value): Relocated => ({ is: 'value', value: is });

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
    // A call may write to a place on the stack that it is given, and so may what such an address was lost in.
    const kept = [mov(1, 0), store(10, 1, -8)];
    const asked = [load(2, 10, -8), jumpIfEqual(2, 0, 1), BAD, exit];
    expect(isReached([...kept, call(), ...asked])).toBe(false);
    expect(isReached([...kept, copy(2, 10), call(), ...asked])).toBe(true);
    expect(isReached([...kept, load(7, 1, 0), store(7, 1, 0), ...asked])).toBe(false);
    const lost: Insn = [0x0f, 7, 8, 0, 0];
    expect(isReached([...kept, load(8, 6, 0), copy(7, 10), lost, store(7, 1, 0), ...asked])).toBe(true);
    const spilt = [copy(7, 10), store(10, 7, -16), copy(2, 10), call(), load(7, 10, -16)];
    expect(isReached([...spilt, ...kept, mov(1, 5), store(7, 1, 0), ...asked])).toBe(true);
    // bpf_probe_read_kernel writes so many bytes, bpf_map_lookup_elem none.
    const read = (at: number, size: number): Insn[] => [copy(1, 10), add(1, at), mov(2, size), call(113)];
    expect(isReached([...kept, ...read(-16, 8), ...asked])).toBe(false);
    expect(isReached([...kept, ...read(-16, 9), ...asked])).toBe(true);
    expect(isReached([...kept, copy(2, 10), add(2, -8), call(1), ...asked])).toBe(false);
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
    expect([...reach(code, around()).context].sort((a, b) => a - b)).toEqual([8, 24, 40]);
    expect(reach(code, around({ args: [] })).context.size).toBe(0);
  });

  test('a relocated offset in the context counts, and is told', () => {
    const relocated = new Map<number, Relocated>([[0, { is: 'offset', value: 48 }]]);
    const { context, offsets } = reach(assemble(load(2, 1, 8), exit), around({ relocated }));
    expect([...context]).toEqual([48]);
    expect([...offsets]).toEqual([0]);
  });

  test('data that does not change, and addresses', () => {
    const bytes = Uint8Array.of(0, 0, 7, 0);
    const asks = (of: Relocated, off: number, imm: number) =>
      isReached(
        [[0x18, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0x69, 2, 1, off, 0], jumpIfEqual(2, imm, 1), BAD, exit],
        [[0, of]],
      );
    const data = value({ is: 'data', bytes, offset: 1 });
    expect(asks(data, 1, 7)).toBe(false);
    expect(asks(data, 1, 8)).toBe(true);
    expect(asks(data, 0, 0x700)).toBe(false);
    // Past the end.
    expect(asks(data, 2, 0)).toBe(true);
    const isNull = (of: Relocated) =>
      isReached([[0x18, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0x55, 1, 0, 1, 0], BAD, exit], [[0, of]]);
    expect(isNull(value(ADDRESS))).toBe(false);
    expect(isNull(value({ is: 'constant', value: 0n }))).toBe(true);
  });

  test('what is not known of a kernel is assumed', () => {
    const doubtful = value({ is: 'data', bytes: null, offset: 0 });
    const asks = [
      [0x18, 1, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0x61, 2, 1, 0, 0],
      add(2, 1),
      jumpIfEqual(2, 5, 1),
      BAD,
      exit,
    ] as Insn[];
    expect(isReached(asks, [[0, doubtful]])).toBe(true);
    expect(isReached(asks, [[0, doubtful]], { assumes: true })).toBe(false);
    expect(reach(assemble(...asks), around({ relocated: new Map([[0, doubtful]]) })).isDoubtful).toBe(true);
  });

  test('what a function is called with, and what it returns', () => {
    const takes = [jumpIfEqual(2, 1, 1), BAD, mov(0, 4), exit];
    const args: Value[] = [UNKNOWN, { is: 'constant', value: 1n }];
    expect(isReached(takes, [], { args })).toBe(false);
    expect(isReached(takes, [], { args: [] })).toBe(true);
    expect(reach(assemble(...takes), around({ args })).result).toEqual({ is: 'constant', value: 4n });
    const asks = [mov(2, 1), call(), jumpIfEqual(0, 4, 1), BAD, exit];
    const given: (readonly Value[] | null)[] = [];
    const answers = (insn: number, values: readonly Value[] | null): Value => {
      if (insn === 1) given.push(values);
      return { is: 'constant', value: 4n };
    };
    expect(isReached(asks, [], { call: answers })).toBe(false);
    expect(given[0]![1]).toEqual({ is: 'constant', value: 1n });
  });

  test('a value that was compared, and sign extension', () => {
    const unknown = load(2, 1, 0);
    expect(isReached([unknown, [0x55, 2, 0, 2, 3], jumpIfEqual(2, 3, 1), BAD, exit])).toBe(false);
    expect(isReached([unknown, jumpIfEqual(2, 3, 2), jumpIfEqual(2, 3, 1), BAD, exit])).toBe(true);
    expect(isReached([mov(2, 255), [0xbf, 2, 2, 8, 0], jumpIfEqual(2, -1, 1), BAD, exit])).toBe(false);
  });

  test('code that leads nowhere ends', () => {
    expect(isReached([jump(-5), BAD])).toBe(false);
    expect(isReached([jump(100), BAD])).toBe(false);
    expect(isReached([[0x18, 1, 0, 0, 0], BAD])).toBe(false);
  });
});
