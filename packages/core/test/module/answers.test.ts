import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { ModuleChecker } from '@btfkit/core/module';
import { describe, expect, test } from 'vitest';

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const cases = join(shared, 'oracle/cases');
const has = existsSync(cases);

interface Expected {
  readonly load: { readonly errno: number } | null;
  readonly dmesg_btf: readonly string[];
  readonly registrations: readonly { readonly ret: number }[];
  readonly vmlinux_btf: string;
  readonly kernel_options: string;
  readonly nondeterministic?: unknown;
}

/** Prints that are the kernel's, not the module's own. */
const KERNEL_SAYS = /^BPF:|failed to validate module|distilled based? BTF|BTF mismatch|missing module BTF/;

describe.skipIf(!has)(
  `as a real kernel did${has ? '' : ': no folder of recorded answers (BTFKIT_SHARED)'}`,
  () => {
    const checkers = new Map<string, ModuleChecker>();
    const checkerOf = (vmlinux: string, allowMismatch: boolean) => {
      const key = `${vmlinux} ${allowMismatch}`;
      const checker =
        checkers.get(key) ?? new ModuleChecker(readFileSync(vmlinux), { release: '6.12', allowMismatch });
      checkers.set(key, checker);
      return checker;
    };

    const named = has ? readdirSync(cases).map(name => ({ name, expected: expectedOf(name) })) : [];
    const usable = named.filter(({ name, expected: { load, nondeterministic } }) => {
      // What keeps a module out before its BTF is looked at has errno 8.
      return load && load.errno !== 8 && !nondeterministic && existsSync(join(cases, name, 'module.ko'));
    });

    test.each(usable)('$name', ({ name, expected }) => {
      const path = join(cases, name, 'module.ko');
      const allowed = expected.kernel_options.includes('MODULE_ALLOW_BTF_MISMATCH=y');
      const checker = checkerOf(join(cases, name, expected.vmlinux_btf), allowed);
      const { btf, kfuncSets } = checker.check(Elf.open(memorySource(readFileSync(path), path)));
      expect(btf.dmesg).toEqual(expected.dmesg_btf.filter(line => KERNEL_SAYS.test(line)));
      const failed = expected.dmesg_btf.find(line => line.includes('failed to validate'));
      expect(btf.errno).toBe(failed === undefined ? 0 : -Number(failed.split(' ').at(-1)));
      if (expected.registrations.length === 0 || failed !== undefined) return;
      const returned = kfuncSets.filter(({ registered }) => registered).map(({ errno }) => 0 - errno);
      expect(returned).toEqual(expected.registrations.map(({ ret }) => ret));
    });
  },
);

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8'));
}
