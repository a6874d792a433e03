import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { deduplicated } from './dedup.js';
import { graphOf } from './graphs.mjs';
import { listing } from './listing.mjs';

interface Answer {
  readonly seed: number;
  readonly types: readonly string[];
}

const read = (path: string | URL) => readFileSync(path, 'utf8');

describe('the same types in the same order as libbpf', () => {
  const answers = read(new URL('answers.jsonl', import.meta.url))
    .trim()
    .split('\n');

  test.each(answers.map(line => JSON.parse(line) as Answer))('graph $seed', ({ seed, types }) => {
    expect(listing(deduplicated(graphOf(seed)))).toEqual(types);
  });
});

interface Case {
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly base: string | null;
  readonly output: string | null;
}

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const corpus = `${shared}/corpus/dedup`;
const cases: Case[] = existsSync(corpus) ? JSON.parse(read(`${corpus}/expected.json`)).cases : [];

describe.skipIf(cases.length === 0)(`recorded cases (skipped where ${corpus} is missing)`, () => {
  test.each(cases)('$id $name', ({ input, base: basePath, output }) => {
    const load = (file: string, base?: Btf) => Btf.parse(readFileSync(`${corpus}/${file}`), { base });
    const base = basePath === null ? undefined : load(basePath);
    const btf = load(input, base);
    if (output === null)
      expect(() => deduplicated(btf)).toThrow(expect.objectContaining({ name: 'FormatError' }));
    else expect(listing(deduplicated(btf))).toEqual(listing(load(output, base)));
  });
});
