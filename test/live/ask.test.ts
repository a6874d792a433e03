import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { askKernel, liveAvailable } from '../../packages/cli/dist/live/ask.js';
import { BtfBuilder } from '../../packages/core/dist/btf/index.js';
import { needs } from '../oracles/tools.js';

// Asking the running kernel: what comes back, and what is said where it cannot be asked.

const live = fileURLToPath(new URL('../../packages/cli/dist/live', import.meta.url));

/** Root that may do no more than any other user (util-linux). */
const POWERLESS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

/** What `liveAvailable` of the module at this path says in a process of its own, started by this command. */
function reason(module: string, through: readonly string[] = ['env']): string {
  const url = JSON.stringify(pathToFileURL(module).href);
  const code = `import { liveAvailable } from ${url}; console.log(liveAvailable());`;
  const [command, ...args] = [...through, process.execPath, '--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  return stdout.trim() || stderr;
}

const linux = needs('linux');
test.skipIf(linux.skip)(`without koffi it says how to get it${linux.why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'live-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  cpSync(live, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  expect(reason(join(folder, 'ask.js'))).toBe('asking the kernel needs the package koffi: npm install koffi');
});

const unavailable = liveAvailable();
if (unavailable !== null) test.skip(`the running kernel (skipped: ${unavailable})`);
else describe('the running kernel', askIt);

function askIt() {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  const good = builder.build();
  builder.add({ kind: 'TYPEDEF', name: 'a-b', type: 1 });
  const bad = builder.build();

  test('takes a blob, and gives its log when asked to', () => {
    expect(askKernel(good, { log: false })).toEqual({ accepted: true, errno: 0, message: '', log: '' });
    const { log, ...verdict } = askKernel(good, { log: true });
    expect(verdict).toEqual({ accepted: true, errno: 0, message: '' });
    expect(log).toContain('[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n');
  });

  test('refuses a blob with its last line, whether or not the log is asked for', () => {
    const message = '[2] TYPEDEF a-b type_id=1 Invalid name';
    for (const log of [false, true]) {
      const answer = askKernel(bad, { log });
      expect(answer).toMatchObject({ accepted: false, errno: 22, message });
      expect(answer.log).toContain('magic: 0xeb9f\n');
      expect(answer.log.endsWith(`\n${message}\n`)).toBe(true);
    }
  });

  test('looks at the part of a buffer that it is given', () => {
    const larger = new Uint8Array(good.length + 20).fill(255);
    larger.set(good, 10);
    expect(askKernel(larger.subarray(10, 10 + good.length), { log: false }).accepted).toBe(true);
  });

  const [command, ...args] = POWERLESS;
  const isPowerless = spawnSync(command!, [...args, 'true']).status === 0;
  test.skipIf(!isPowerless)(
    `may not be asked by just anyone${isPowerless ? '' : ' (skipped: no setpriv)'}`,
    () => {
      const said = 'not permitted to load BTF: it takes root, or CAP_BPF';
      expect(reason(join(live, 'ask.js'), POWERLESS)).toBe(said);
    },
  );
}
