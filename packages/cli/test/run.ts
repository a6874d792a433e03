import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const executable = fileURLToPath(new URL('../bin/btfkit.cjs', import.meta.url));

/** Runs the command as a user does. */
export function btfkit(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [executable, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A folder of the test file's own, removed at its end. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'btfkit-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    path: (name: string) => join(folder, name),
    write(name: string, bytes: Uint8Array | string): string {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    },
  };
}
