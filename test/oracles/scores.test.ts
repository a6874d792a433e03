import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { executable, needs, shared } from './tools.js';

const { skip, why } = needs('shared', 'python3');

describe.skipIf(skip).concurrent(`recorded answers${why}`, () => {
  test.for(['dedup', 'dump-raw', 'dump-json', 'endian'])(
    '%s: all as recorded',
    { timeout: 300_000 },
    async subject => {
      const kit = `${process.execPath} ${executable}`;
      const args = [join(shared, 'tools/score.py'), subject, join(shared, 'corpus'), '--btfkit', kit];
      // Ends with status 1 where something differs; what differs is on standard output.
      const { stdout } = await promisify(execFile)('python3', args).catch(error => error);
      expect(stdout).toMatch(/: (\d+)\/\1 \(100/);
    },
  );
});
