import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { randomValues } from './random-values.mjs';
import { shown } from './shown.mjs';

interface Answers {
  readonly seed: number;
  readonly bigEndian: boolean;
  readonly answers: readonly { readonly result: number; readonly text: string }[];
}

const read = (path: string | URL) => readFileSync(path, 'utf8');

describe('results and text as from libbpf', () => {
  const lines = read(new URL('answers.jsonl', import.meta.url))
    .trim()
    .split('\n');

  test.each(lines.map(line => JSON.parse(line) as Answers))('seed $seed, big-endian $bigEndian', row => {
    const { btf, values } = randomValues(row.seed, row.answers.length, row.bigEndian);
    expect(values.map(value => shown(btf, value))).toEqual(row.answers);
  });
});

interface Case {
  readonly id: string;
  readonly btf: string;
  readonly type_id: number;
  readonly pointer_size: 4 | 8;
  readonly data_hex: string;
  readonly options: {
    readonly compact: boolean;
    readonly skip_names: boolean;
    readonly emit_zeroes: boolean;
    readonly emit_strings: boolean;
    readonly indent_level: number;
    readonly indent_str: string | null;
  };
  readonly ret: number;
  readonly text: string | null;
}

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const corpus = `${shared}/corpus/dump`;
const recorded = `${corpus}/expected_data.json`;
const cases: Case[] = existsSync(recorded) ? JSON.parse(read(recorded)).cases : [];

describe.skipIf(cases.length === 0)(`recorded cases (skipped where ${corpus} is missing)`, () => {
  test.each(cases)('$id', ({ btf, type_id, pointer_size, data_hex, options, ret, text }) => {
    const value = {
      id: type_id,
      data: Buffer.from(data_hex, 'hex'),
      pointerSize: pointer_size,
      options: {
        compact: options.compact,
        skipNames: options.skip_names,
        emitZeroes: options.emit_zeroes,
        emitStrings: options.emit_strings,
        indentLevel: options.indent_level,
        indent: options.indent_str ?? undefined,
      },
    };
    const blob = Btf.parse(readFileSync(`${corpus}/data/${btf}`));
    expect(shown(blob, value)).toEqual({ result: ret, text: text ?? '' });
  });
});
