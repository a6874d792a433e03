import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { golden, unpackKernels } from './golden.js';
import { btfkit, needs, scratchFolder } from './tools.js';

// What bpftool 7.8 prints of whole kernels and of modules: raw, C and JSON, byte for byte.

interface Recorded {
  readonly command: string;
  readonly hash: string;
  readonly file: string;
  readonly format: string;
  readonly base: string | undefined;
}

/** A line is the hash and the command: `bpftool [-j] [-B BASE] btf dump file FILE [format FORMAT]`. */
function recorded(): Recorded[] {
  const lines = readFileSync(join(golden, 'dumps.sha256'), 'utf8').trimEnd().split('\n');
  return lines.map(line => {
    const [hash, command] = line.split('  ') as [string, string];
    const words = command.split(' ');
    const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
    const format = words.includes('-j') ? 'json' : (after('format') ?? 'raw');
    return { command, hash, file: after('file')!, format, base: after('-B') };
  });
}

const { skip, why } = needs('shared', 'xz');
describe.skipIf(skip)(`dumps of kernels and modules${why}`, () => {
  const dumps = skip ? [] : recorded();
  const kernels = skip ? new Map<string, string>() : unpackKernels(scratchFolder());
  const pathOf = (file: string) => kernels.get(file) ?? join(golden, file);

  test('there are kernels and modules in all formats', () => {
    expect(dumps.length).toBeGreaterThanOrEqual(26);
    expect(new Set(dumps.map(({ format }) => format))).toEqual(new Set(['raw', 'c', 'json']));
    expect(new Set(dumps.map(({ file }) => file)).size).toBeGreaterThanOrEqual(12);
  });

  test.each(dumps)('$command', { timeout: 120_000 }, ({ hash, file, format, base }) => {
    const options = base === undefined ? [] : ['--base', pathOf(base)];
    const text = btfkit('dump', pathOf(file), '--format', format, ...options);
    expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  });
});
