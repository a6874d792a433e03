import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Answer, answerOf } from './answer.mjs';

// What libbpf makes of them: sorted by name as resolve_btfids of Linux 7.2 does it, and sanitized for older kernels.
describe('as libbpf', () => {
  const answers: Answer[] = readFileSync(new URL('answers.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

  test('there is enough to compare', () => {
    const sanitized = answers.flatMap(answer => answer.sanitized).filter(digest => digest !== null);
    expect(sanitized.length).toBeGreaterThan(700);
  });

  test.each(answers)('case $seed', answer => {
    expect(answerOf(answer.seed)).toEqual(answer);
  });
});
