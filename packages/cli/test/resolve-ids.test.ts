import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { distill } from '@btfkit/core/distill';
import { Elf } from '@btfkit/core/elf';
import { readBtfIds } from '@btfkit/core/ids';
import { describe, expect, test } from 'vitest';
import { idsObject } from '../../core/test/ids/build-ids.mjs';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixtures = fileURLToPath(new URL('../../../fixtures/module/', import.meta.url));
const read = (path: string) => new Uint8Array(readFileSync(path));

const vmlinux = new BtfBuilder();
vmlinux.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
vmlinux.add({ kind: 'FUNC', name: 'base_func', type: 1, linkage: 0 });
vmlinux.add({ kind: 'STRUCT', name: 'task', size: 8, kflag: false, members: [] });
const base = vmlinux.parse();
const module = new BtfBuilder({ base });
module.add({ kind: 'FUNC', name: 'b', type: 1, linkage: 0 });
module.add({ kind: 'FUNC', name: 'a', type: 1, linkage: 0 });
module.add({ kind: 'PTR', name: '', type: 3 });
const split = module.build();

const sections = [{ name: '.BTF', content: split }];
const lists = [
  'func base_func',
  {
    kind: 'set8' as const,
    name: 'k',
    members: [
      ['func a', 1],
      ['func b', 2],
    ] as [string, number][],
  },
];
const object = idsObject(lists, { sections });
const basePath = scratch.write('vmlinux.btf', base.bytes);
const on = ['--base', basePath];
const words = (path: string) => [...new Uint32Array(read(path).slice().buffer)];
const quiet = { status: 0, stdout: '', stderr: '' };

test('beside the file, or at a prefix; the file stays as it was', () => {
  const ko = scratch.write('a.ko', object);
  expect(btfkit('resolve-ids', ko, ...on)).toEqual(quiet);
  expect(words(`${ko}.BTF_ids`)).toEqual([2, 2, 0, 4, 2, 5, 1]);
  const prefix = scratch.path('at-prefix');
  expect(btfkit('resolve-ids', ko, ...on, '--out-prefix', prefix)).toEqual(quiet);
  expect(read(`${prefix}.BTF_ids`)).toEqual(read(`${ko}.BTF_ids`));
  expect(read(ko)).toEqual(Uint8Array.from(object));
});

test('in place: the section and nothing else; a second run changes nothing', () => {
  const ko = scratch.write('in-place.ko', object);
  expect(btfkit('resolve-ids', ko, ...on, '--in-place')).toEqual(quiet);
  const once = read(ko);
  const section = Elf.open(memorySource(once, 'a.ko')).section('.BTF_ids')!;
  const expected = object.slice();
  expected.set(new Uint8Array(Uint32Array.of(2, 2, 0, 4, 2, 5, 1).buffer), section.offset);
  expect(once).toEqual(expected);
  expect(btfkit('resolve-ids', ko, ...on, '--in-place')).toEqual(quiet);
  expect(read(ko)).toEqual(once);
  expect(existsSync(`${ko}.BTF_ids`)).toBe(false);
});

test('a module as a kernel build makes it, with its BTF beside it', () => {
  const ko = join(fixtures, 'btfkit_demo.ko');
  const btf = join(fixtures, 'btfkit_demo.btf');
  const kernel = join(fixtures, 'mini-vmlinux.btf');
  const prefix = scratch.path('demo');
  const args = ['resolve-ids', ko, '--btf', btf, '--base', kernel, '--out-prefix', prefix];
  expect(btfkit(...args)).toEqual(quiet);
  const types = Btf.parse(read(btf), { base: Btf.parse(read(kernel)) });
  const { ids } = readBtfIds(Elf.open(memorySource(read(ko), ko)))!;
  const flags = new Map(ids.map(({ name, offset }) => [name, { 8: 0, 16: 16, 24: 2 }[offset]]));
  const [count, setFlags, ...pairs] = words(`${prefix}.BTF_ids`);
  expect([count, setFlags]).toEqual([3, 1]);
  const found = [0, 2, 4].map(i => [types.type(pairs[i]).kind, flags.get(types.typeName(pairs[i]))]);
  expect(found).toEqual([0, 2, 4].map(i => ['FUNC', pairs[i + 1]]));
  expect(pairs.filter((_, i) => i % 2 === 0)).toEqual(
    pairs.filter((_, i) => i % 2 === 0).sort((a, b) => a - b),
  );
});

describe('names that are not there, or twice', () => {
  const builder = new BtfBuilder();
  for (const size of [4, 8]) builder.add({ kind: 'STRUCT', name: 'twice', size, kflag: false, members: [] });
  const content = builder.build();
  const path = scratch.write(
    'gone.ko',
    idsObject(['struct twice', 'struct gone', 'func never'], { sections: [{ name: '.BTF', content }] }),
  );
  const said =
    "WARN: multiple IDs found for 'twice': 1, 2 - using 1\n" +
    'WARN: resolve_btfids: unresolved symbol gone\n' +
    'WARN: resolve_btfids: unresolved symbol never\n';

  test('are told, and 0 or the first', () => {
    expect(btfkit('resolve-ids', path)).toEqual({ status: 0, stdout: '', stderr: said });
    expect(words(`${path}.BTF_ids`)).toEqual([1, 0, 0]);
  });

  test('--fatal-warnings writes nothing', () => {
    const prefix = scratch.path('fatal');
    expect(btfkit('resolve-ids', path, '--fatal-warnings', '--out-prefix', prefix)).toEqual({
      status: 1,
      stdout: '',
      stderr: `${said}btfkit: 3 warnings, and --fatal-warnings: nothing is written\n`,
    });
    expect(existsSync(`${prefix}.BTF_ids`)).toBe(false);
  });

  test('--json tells as well', () => {
    const { stdout } = btfkit('resolve-ids', path, '--json');
    expect(JSON.parse(stdout)).toEqual({
      input: path,
      ids: 3,
      sets: 0,
      unresolved: [
        { kind: 'struct', name: 'gone' },
        { kind: 'func', name: 'never' },
      ],
      multiple: [{ kind: 'struct', name: 'twice', id: 1, other: 2 }],
      files: [`${path}.BTF_ids`],
    });
  });
});

describe('--distill', () => {
  test('looks up in the distilled form and writes that, too', () => {
    const ko = scratch.write('distilled.ko', object);
    const prefix = scratch.path('distilled');
    const { status, stderr } = btfkit('resolve-ids', ko, ...on, '--distill', '--out-prefix', prefix);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'WARN: resolve_btfids: unresolved symbol base_func\n',
    });
    const made = distill(Btf.parse(split, { base }));
    expect(read(`${prefix}.BTF`)).toEqual(made.split);
    expect(read(`${prefix}.BTF.base`)).toEqual(made.base);
    const types = Btf.parse(made.split, { base: Btf.parse(made.base) });
    const found = words(`${prefix}.BTF_ids`);
    expect([found[3], found[5]].map(id => types.typeName(id)).sort()).toEqual(['a', 'b']);
  });

  test('an ELF with .BTF.base is looked up in on that, whatever --base says', () => {
    const made = distill(Btf.parse(split, { base }));
    const own = [
      { name: '.BTF', content: made.split },
      { name: '.BTF.base', content: made.base },
    ];
    const ko = scratch.write('own-base.ko', idsObject(['func a'], { sections: own }));
    expect(btfkit('resolve-ids', ko, ...on)).toEqual(quiet);
    const types = Btf.parse(made.split, { base: Btf.parse(made.base) });
    expect(words(`${ko}.BTF_ids`)).toEqual([types.find('a')]);
  });

  test('wants split BTF, and a prefix', () => {
    const whole = scratch.write(
      'whole.ko',
      idsObject(['func base_func'], { sections: [{ name: '.BTF', content: base.bytes }] }),
    );
    expect(btfkit('resolve-ids', whole, '--distill').status).toBe(2);
    expect(btfkit('resolve-ids', whole, '--distill', '--in-place').status).toBe(2);
    expect(btfkit('resolve-ids', whole, '--in-place', '--out-prefix', 'x').status).toBe(2);
  });
});

test('a file without .BTF_ids is left alone', () => {
  const path = scratch.write('none.o', idsObject([], { sections }));
  expect(btfkit('resolve-ids', path)).toEqual(quiet);
  expect(JSON.parse(btfkit('resolve-ids', path, '--json').stdout).files).toEqual([]);
  expect(existsSync(`${path}.BTF_ids`)).toBe(false);
});

test('errors name the file', () => {
  const many = Array.from({ length: 101 }, () => 'func base_func');
  const path = scratch.write(
    'many.ko',
    idsObject(many, { sections: [{ name: '.BTF', content: base.bytes }] }),
  );
  expect(btfkit('resolve-ids', path)).toEqual({
    status: 3,
    stdout: '',
    stderr: `btfkit: ${path}: .BTF_ids: offset 0x190: symbol base_func is in more than 100 lists\n`,
  });
  const { status, stderr } = btfkit('resolve-ids', scratch.write('split.ko', object));
  expect(status).toBe(3);
  expect(stderr).toContain(`${scratch.path('split.ko')}`);
});

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const corpus = join(shared, 'corpus/ids');

interface Case {
  readonly id: string;
  readonly elf: string;
  readonly base: string | null;
  readonly exit_code: number;
  readonly stderr: readonly string[];
  readonly ids_after: string | null;
}

describe.skipIf(!existsSync(corpus))(
  `as resolve_btfids of Linux 6.12${existsSync(corpus) ? '' : ': no folder of recorded answers (BTFKIT_SHARED)'}`,
  () => {
    const cases: Case[] = existsSync(corpus)
      ? JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')).cases
      : [];

    test.each(cases)('$id: the same words and bytes, in place', one => {
      const ko = scratch.write(one.elf, read(join(corpus, one.elf)));
      const on = one.base === null ? [] : ['--base', join(corpus, one.base)];
      const run = () =>
        spawnSync(process.execPath, [executable, 'resolve-ids', ko, ...on, '--in-place'], {
          encoding: 'utf8',
        });
      const { status, stderr } = run();
      if (one.exit_code !== 0) {
        expect(status).toBe(3);
        expect(stderr).toMatch(new RegExp(`^btfkit: ${ko}: .*\n$`));
        expect(read(ko)).toEqual(read(join(corpus, one.elf)));
        return;
      }
      expect({ status, stderr }).toEqual({ status: 0, stderr: one.stderr.map(line => `${line}\n`).join('') });
      const wanted = read(join(corpus, one.elf));
      const { offset } = Elf.open(memorySource(wanted, ko)).section('.BTF_ids')!;
      wanted.set(read(join(corpus, one.ids_after!)), offset);
      expect(read(ko)).toEqual(wanted);
      // Starting the command is what takes long.
      if (cases.indexOf(one) % 4 > 0) return;
      expect(run().status).toBe(0);
      expect(read(ko)).toEqual(wanted);
    });
  },
);
