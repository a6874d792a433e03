import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { examine } from './examine.js';

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const cases = join(shared, 'oracle/cases');
const has = existsSync(cases);

interface Expected {
  readonly load: { readonly errno: number } | null;
  readonly dmesg_btf: readonly string[];
  readonly registrations: readonly { readonly ret: number }[];
  readonly vmlinux_btf: string;
  readonly nondeterministic?: unknown;
}

/** Prints of the kernel that something is wrong. */
const KERNEL_SAYS = /^BPF:|failed to validate module|BTF mismatch|missing module BTF/;
/** What the kernel takes without a word, and is wrong all the same: types of another kernel, ids that were never put in. */
const UNSEEN = ['N02', 'N05'];

describe.skipIf(!has)(
  `wherever a real kernel found something wrong${has ? '' : ': no folder of recorded answers (BTFKIT_SHARED)'}`,
  () => {
    const named = has ? readdirSync(cases).map(name => ({ name, expected: expectedOf(name) })) : [];
    const usable = named.filter(({ name, expected: { load, nondeterministic } }) => {
      return load && load.errno !== 8 && !nondeterministic && existsSync(join(cases, name, 'module.ko'));
    });

    test.each(usable)('$name', async ({ name, expected }) => {
      const read = (path: string) => new Uint8Array(readFileSync(join(cases, name, path)));
      const findings = await examine({
        files: { 'vmlinux.btf': read(expected.vmlinux_btf), 'module.ko': read('module.ko') },
        base: 'vmlinux.btf',
        kernel: '6.12.117',
      });
      const refused =
        expected.load!.errno !== 0 ||
        expected.dmesg_btf.some(line => KERNEL_SAYS.test(line)) ||
        expected.registrations.some(({ ret }) => ret !== 0);
      // S38: it loads, and nothing is registered.
      const serious = findings.filter(({ id, severity }) => severity === 'error' || id === 'S38');
      if (refused) expect(serious.length).toBeGreaterThan(0);
      else expect(serious.filter(({ id }) => !UNSEEN.includes(id)).map(({ id }) => id)).toEqual([]);
    });
  },
);

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8'));
}
