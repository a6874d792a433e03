import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executable, needs, shared } from './tools.js';

const { skip, why } = needs('shared', 'python3');

describe.skipIf(skip)(`recorded answers${why}`, () => {
  test.each(['dedup', 'dump-raw', 'dump-json', 'endian'])(
    '%s: all as recorded',
    { timeout: 300_000 },
    subject => {
      const script = join(shared, 'tools/score.py');
      const kit = `${process.execPath} ${executable}`;
      const args = [script, subject, join(shared, 'corpus'), '--btfkit', kit];
      const { stdout, status } = spawnSync('python3', args, { encoding: 'utf8' });
      expect(stdout).toMatch(/: (\d+)\/\1 \(100/);
      expect(status).toBe(0);
    },
  );
});
