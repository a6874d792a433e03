import { BtfBuilder } from '@btfkit/core/btf';
import { expect, test } from 'vitest';
import { untraceable } from '../../dist/core-check/arguments.js';
import { CoreTypes } from '../../dist/core-relo/types.js';

test('functions that programs cannot be attached to', () => {
  const builder = new BtfBuilder({});
  const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bits: 32, bitOffset: 0 });
  const struct = (size: number) =>
    builder.add({ kind: 'STRUCT', name: `s${size}`, size, kflag: false, members: [] });
  const [small, large] = [struct(16), struct(24)];
  const proto = (returns: number, ...types: number[]) =>
    builder.add({ kind: 'FUNC_PROTO', name: '', returns, params: types.map(type => ({ name: '', type })) });
  const cases = [
    [proto(int, int, small), null],
    [proto(0), null],
    [proto(int, int, 0), 'The function f with variable args is unsupported.'],
    [proto(int, large), 'The function f arg0 type STRUCT is unsupported.'],
    [proto(small, int), 'The function f return type STRUCT is unsupported.'],
    [proto(int, ...Array(13).fill(int)), 'The function f has 13 arguments. Too many.'],
  ] as const;
  const types = new CoreTypes(builder.parse(), 8);
  for (const [id, wanted] of cases) expect(untraceable(types, id, 'f')).toBe(wanted);
});
