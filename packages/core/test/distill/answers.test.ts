import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { DistillError, distill, relocate } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { type Answer, answerOf } from './answer.mjs';

const read = (path: string | URL) => readFileSync(path, 'utf8');

describe('byte for byte and word for word as libbpf', () => {
  const answers = read(new URL('answers.jsonl', import.meta.url))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Answer);

  test.each(answers)('case $seed', answer => {
    expect(answerOf(answer.seed, answer)).toEqual(answer);
  });
});

interface Case {
  readonly id: string;
  readonly name: string;
  readonly base: string;
  readonly split: string;
  readonly distilled_base: string;
  readonly distilled_split: string;
  readonly target: string | null;
  readonly relocate_ret: number | null;
}

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const corpus = `${shared}/corpus/distill`;
const cases: Case[] = existsSync(corpus) ? JSON.parse(read(`${corpus}/expected.json`)).cases : [];

describe.skipIf(cases.length === 0)(`recorded cases (skipped where ${corpus} is missing)`, () => {
  const bytes = (file: string) => Uint8Array.from(readFileSync(`${corpus}/${file}`));
  const load = (file: string, base?: Btf) => Btf.parse(bytes(file), { base });

  test.each(cases)('distill $id $name', ({ base, split, distilled_base, distilled_split }) => {
    const distilled = distill(load(split, load(base)));
    expect(distilled.base).toEqual(bytes(distilled_base));
    expect(distilled.split).toEqual(bytes(distilled_split));
  });

  // The recorded blobs are no help here: they are those from before the relocation.
  const moves = cases.filter(({ target }) => target !== null);
  test.each(moves)('relocate $id $name: $relocate_ret', ({ distilled_base, distilled_split, ...rest }) => {
    const split = load(distilled_split, load(distilled_base));
    const target = load(rest.target!);
    const move = () => relocate(split, target).split;
    if (rest.relocate_ret === 0) expect(Btf.parse(move(), { base: target }).startId).toBe(target.endId);
    else expect(move).toThrow(DistillError);
  });
});
