import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { executable, needs, shared } from './tools.js';

const { skip, why } = needs('shared', 'python3');

describe.skipIf(skip).concurrent(`recorded answers${why}`, () => {
  // No 'relocate': the blobs recorded for it are those from before the relocation. 'sysfs' is what a kernel showed of
  // modules that it had relocated.
  test.for([
    ['dedup', 'corpus'],
    ['distill', 'corpus'],
    ['dump-raw', 'corpus'],
    ['dump-json', 'corpus'],
    ['ids', 'corpus'],
    ['endian', 'corpus'],
    ['verify', 'corpus'],
    ['libbpf', 'corpus'],
    ['sysfs', 'oracle'],
  ] as const)('%s: all as recorded', { timeout: 300_000 }, async ([subject, folder]) => {
    const kit = `${process.execPath} ${executable}`;
    const args = [join(shared, 'tools/score.py'), subject, join(shared, folder), '--btfkit', kit];
    // Ends with status 1 where something differs; what differs is on standard output.
    const { stdout } = await promisify(execFile)('python3', args).catch(error => error);
    expect(stdout).toMatch(/: (\d+)\/\1 \(100/);
  });
});
