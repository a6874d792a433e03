import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf, BtfBuilder, swapByteOrder } from '@btfkit/core/btf';
import { beforeAll, describe, expect, test } from 'vitest';
import { btfkit, fixtures, needs, scratchFolder, typesThatDiffer } from './tools.js';

// Our BTF of every fixture, in the eyes of bpftool, of pahole and of the running kernel.

const scratch = scratchFolder();

interface Encoded {
  readonly object: string;
  readonly ours: string;
  /** What pahole made of the same object. */
  readonly golden: string;
}

/** Objects of which pahole makes self-contained BTF. */
const encoded: Encoded[] = readdirSync(join(fixtures, 'dwarf'))
  .filter(name => /\.(o|elf)$/.test(name))
  .map(name => ({
    object: join(fixtures, 'dwarf', name),
    ours: join(scratch, 'encoded', `${name}.btf`),
    golden: join(fixtures, 'dwarf', name.replace(/\.(o|elf)$/, '.btf')),
  }))
  .filter(({ golden }) => existsSync(golden));

const demo = {
  object: join(fixtures, 'module/btfkit_demo.ko'),
  ours: join(scratch, 'encoded/btfkit_demo.btf'),
  golden: join(fixtures, 'module/btfkit_demo.btf'),
};
const vmlinux = {
  object: join(fixtures, 'module/mini-vmlinux'),
  ours: join(scratch, 'encoded/mini-vmlinux.btf'),
  golden: join(fixtures, 'module/mini-vmlinux.btf'),
};
const selfContained = [...encoded, vmlinux];

beforeAll(() => {
  mkdirSync(join(scratch, 'encoded'));
  btfkit('encode', ...selfContained.map(({ object }) => object), '--out-dir', join(scratch, 'encoded'));
  btfkit('encode', demo.object, '--base', vmlinux.golden, '-o', demo.ours);
});

test('there are fixtures', () => expect(selfContained.length).toBeGreaterThan(100));

const bpftool = needs('bpftool');
describe.skipIf(bpftool.skip)(`bpftool${bpftool.why}`, () => {
  const dump = (file: string, ...base: string[]) =>
    spawnSync('bpftool', [...base, 'btf', 'dump', 'file', file], { encoding: 'utf8', maxBuffer: 1 << 28 });

  test('dumps all of it', () => {
    const refused = selfContained.filter(({ ours }) => {
      const { status, stdout } = dump(ours);
      const types = Btf.parse(readFileSync(ours)).endId - 1;
      return status !== 0 || stdout.match(/^\[\d+\]/gm)?.length !== types;
    });
    expect(refused.map(({ object }) => object)).toEqual([]);
  });

  test("dumps the module's on its base", () => {
    expect(dump(demo.ours, '-B', vmlinux.golden)).toMatchObject({ status: 0 });
  });
});

const canon = needs('shared', 'python3');
describe.skipIf(canon.skip)(`types as pahole has them${canon.why}`, () => {
  // pahole has void where a type is in a unit of its own.
  const comparable = selfContained.filter(({ object }) => !object.includes('typeunits'));

  test('objects', { timeout: 180_000 }, () => {
    const pairs = comparable.map(({ ours, golden }) => ({ ours, theirs: golden }));
    expect(pairs.length).toBeGreaterThan(100);
    expect(typesThatDiffer(pairs)).toEqual([]);
  });

  test('the module on its base', () => {
    expect(typesThatDiffer([{ ours: demo.ours, theirs: demo.golden, base: vmlinux.golden }])).toEqual([]);
  });
});

/** Compiles the loader and tries it; the loader, or why it cannot be used here. */
function kernelLoader(): { loader: string } | { why: string } {
  const { skip, why } = needs('linux', 'root', 'gcc');
  if (skip) return { why };
  const loader = join(scratch, 'load-btf');
  const source = join(import.meta.dirname, 'load-btf.c');
  if (spawnSync('gcc', ['-O1', '-o', loader, source]).status !== 0)
    return { why: ' (skipped: gcc finds no linux/bpf.h)' };
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  const probe = join(scratch, 'probe.btf');
  writeFileSync(probe, builder.build());
  const [, errno] = execFileSync(loader, [probe], { encoding: 'utf8' }).split('\t');
  return errno === '0' ? { loader } : { why: ` (skipped: this kernel refuses any BTF, errno ${errno})` };
}

const kernel = kernelLoader();

/** The kernel's refusals of these files, by path; '' where it accepts. Big-endian ones are swapped first. */
function refusals(loader: string, files: readonly string[]): string[] {
  const native = files.map((file, index) => {
    const btf = Btf.parse(readFileSync(file), { name: file });
    if (btf.littleEndian) return file;
    const swapped = join(scratch, `${index}.little.btf`);
    writeFileSync(swapped, swapByteOrder(btf));
    return swapped;
  });
  const lines = execFileSync(loader, native, { encoding: 'utf8' }).trimEnd().split('\n');
  return lines
    .map(line => line.split('\t'))
    .map(([, errno, message]) => (errno === '0' ? '' : `${errno} ${message}`));
}

// A 64-bit kernel takes pointers for 64 bits wide and so refuses BTF of 32-bit objects, pahole's as well; so it does
// with Rust's names.
test.skipIf('why' in kernel)(
  `the running kernel accepts what it accepts of pahole${'why' in kernel ? kernel.why : ''}`,
  () => {
    if ('why' in kernel) return;
    const ours = refusals(
      kernel.loader,
      selfContained.map(file => file.ours),
    );
    const theirs = refusals(
      kernel.loader,
      selfContained.map(file => file.golden),
    );
    expect(ours).toHaveLength(selfContained.length);
    expect(ours.filter(refusal => refusal === '').length).toBeGreaterThan(100);
    const worse = selfContained.map(({ object }, index) => ({
      object,
      ours: ours[index],
      theirs: theirs[index],
    }));
    expect(worse.filter(row => row.ours !== '' && row.theirs === '')).toEqual([]);
  },
);
