import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf, rewrittenBytes, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const vmlinux = `${fixtures}module/mini-vmlinux.btf`;
const scratch = scratchFolder();
const read = (path: string) => new Uint8Array(readFileSync(path));
const gen = (...args: string[]) => btfkit('gen', '--no-cache', ...args);

/** A module as the link leaves it. */
function module(name: string): string {
  const source = memorySource(read(`${fixtures}module/btfkit_demo.ko`), name);
  return scratch.write(
    name,
    rewrittenBytes(source, writeSections(Elf.open(source), [{ name: '.BTF', remove: true }])),
  );
}

function sections(path: string): Map<string, Uint8Array> {
  const elf = Elf.open(memorySource(read(path), path));
  return new Map(elf.sections.map(section => [section.name, elf.bytes(section)]));
}

/** Whether each set8 of the module is sorted, and what of its ids is a function. */
function idsOf(path: string) {
  const found = sections(path);
  const { buffer, byteOffset, byteLength } = found.get('.BTF_ids')!.slice();
  return [...new Uint32Array(buffer, byteOffset, byteLength / 4)];
}

describe('modules', () => {
  test('of a kernel before 7.0: as encode --embed and resolve-ids leave them', () => {
    const path = module('old.ko');
    const expected = module('expected.ko');
    expect(gen(path, '--base', vmlinux, '--kernel', '6.12')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(btfkit('encode', '--no-cache', '--embed', expected, '--base', vmlinux).status).toBe(0);
    expect(btfkit('resolve-ids', '--in-place', expected, '--base', vmlinux).status).toBe(0);
    expect(read(path)).toEqual(read(expected));
    expect(gen(path, '--base', vmlinux, '--kernel', '6.12').status).toBe(0);
    expect(read(path)).toEqual(read(expected));
  });

  test('of a kernel from 7.0: as distill, sort and resolve-ids, one after the other', () => {
    const path = module('new.ko');
    const prefix = scratch.path('steps');
    expect(gen(path, '--base', vmlinux, '--kernel', '7.0', '--distill').status).toBe(0);
    const features = [
      '--features',
      'encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs,attributes',
    ];
    expect(
      btfkit('encode', '--no-cache', path, '--base', vmlinux, '-o', `${prefix}.0`, ...features).status,
    ).toBe(0);
    const to = ['-o', `${prefix}.1`, '--base-out', `${prefix}.base`];
    expect(btfkit('distill', `${prefix}.0`, '--base', vmlinux, ...to).status).toBe(0);
    expect(btfkit('sort', `${prefix}.1`, '--base', `${prefix}.base`, '-o', `${prefix}.2`).status).toBe(0);
    const found = sections(path);
    expect(found.get('.BTF')).toEqual(read(`${prefix}.2`));
    expect(found.get('.BTF.base')).toEqual(read(`${prefix}.base`));
    const btf = Btf.parse(found.get('.BTF')!, { base: Btf.parse(found.get('.BTF.base')!) });
    const [count, , ...pairs] = idsOf(path).slice(0, 8);
    expect(count).toBe(3);
    const names = [pairs[0], pairs[2], pairs[4]].map(id => btf.typeName(id!));
    expect(names).toEqual([...names].sort());
    // Once more from the result.
    const once = read(path);
    expect(gen(path, '--base', vmlinux, '--kernel', '7.0', '--distill').status).toBe(0);
    expect(read(path)).toEqual(once);
  });

  test('many, on two threads, are the same; a bad one does not keep the others', () => {
    const paths = Array.from({ length: 5 }, (_, i) => module(`many${i}.ko`));
    const alone = module('alone.ko');
    expect(gen(alone, '--base', vmlinux).status).toBe(0);
    const bad = scratch.write('bad.ko', new TextEncoder().encode('no ELF file'));
    const { status, stderr } = gen(...paths, bad, '--base', vmlinux, '-j', '2');
    expect(status).toBe(3);
    expect(stderr).toBe(`btfkit: encode: ${bad}: no ELF file, which DWARF could be in\n`);
    for (const path of paths) expect(read(path)).toEqual(read(alone));
    expect(read(bad)).toEqual(new TextEncoder().encode('no ELF file'));
  });

  test('the release is what the module says', () => {
    const path = module('told.ko');
    const { stdout } = gen(path, '--base', vmlinux, '--json');
    const { kernel, design, files } = JSON.parse(stdout);
    expect(design).toBe(Number.parseFloat(kernel) >= 7 ? '7.0' : '6.12');
    expect(files).toMatchObject([{ input: path, written: [path], warnings: [] }]);
  });

  test('a module wants a base', () => {
    const { status, stderr } = gen(module('baseless.ko'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/is a module: --base wants the vmlinux that it is built for/);
  });

  test('a signed one is refused, and stays', () => {
    const path = module('signed.ko');
    const signed = Buffer.concat([read(path), Buffer.from('signature~Module signature appended~\n')]);
    writeFileSync(path, signed);
    const { status, stderr } = gen(path, '--base', vmlinux, '--kernel', '6.12');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^btfkit: encode: .*signed.ko: .*embed first, sign then\n$/);
    expect(read(path)).toEqual(new Uint8Array(signed));
  });
});

describe('kfuncs with implicit arguments', () => {
  test('raw files, as recorded of resolve_btfids of Linux 7.2', () => {
    const prefix = scratch.path('kf');
    const args = [`${fixtures}kfuncs/implicit.o`, '--kernel', '7.2', '--out-prefix', prefix];
    const { status, stderr } = gen(...args, '--features', 'default');
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'WARN: resolve_btfids: unresolved symbol missing\n',
    });
    // Types without a name may stand in another order than pahole's.
    const named = (path: string) => {
      const btf = Btf.parse(read(path));
      const types = Array.from({ length: btf.endId - 1 }, (_, i) => btf.type(i + 1));
      return types.map(({ kind, name }) => (name === '' ? '' : `${kind} ${name}`));
    };
    expect(named(`${prefix}.BTF`)).toEqual(named(`${fixtures}kfuncs/implicit.tagged.resolved.btf`));
    expect(read(`${prefix}.BTF_ids`)).toEqual(read(`${fixtures}kfuncs/implicit.tagged.BTF_ids`));
  });

  test('after 7.2 without tags from the encoder', () => {
    const prefix = scratch.path('later');
    const args = [`${fixtures}kfuncs/implicit.o`, '--kernel', '7.3', '--out-prefix', prefix];
    expect(gen(...args, '--features', 'encode_force,var').status).toBe(0);
    expect(Btf.parse(read(`${prefix}.BTF`)).findAll('bpf_kfunc')).toHaveLength(7);
  });

  test('in place, twice the same as once', () => {
    const path = scratch.path('twice.o');
    copyFileSync(`${fixtures}kfuncs/implicit.o`, path);
    expect(gen(path, '--in-place', '--kernel', '7.2').status).toBe(0);
    const once = read(path);
    expect(gen(path, '--in-place', '--kernel', '7.2').status).toBe(0);
    expect(read(path)).toEqual(once);
  });

  test('--fatal-warnings writes nothing', () => {
    const prefix = scratch.path('fatal');
    const args = [`${fixtures}kfuncs/implicit.o`, '--kernel', '7.2', '--out-prefix', prefix];
    const { status, stderr } = gen(...args, '--fatal-warnings');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^btfkit: resolve ids: .*unresolved symbol missing/);
    expect(existsSync(`${prefix}.BTF`)).toBe(false);
  });
});

test('a vmlinux: an object for the link, and its ids', () => {
  const path = scratch.path('vmlinux');
  copyFileSync(`${fixtures}module/mini-vmlinux`, path);
  const before = read(path);
  expect(gen(path, '--kernel', '7.2')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(read(path)).toEqual(before);
  const object = Elf.open(memorySource(read(`${path}.btf.o`), 'vmlinux.btf.o'));
  expect(object.isRelocatable).toBe(true);
  const btf = Btf.parse(object.bytes(object.section('.BTF')!));
  expect(btf.sortedFrom).toBeGreaterThan(0);
  expect(existsSync(`${path}.BTF_ids`)).toBe(true);
});

test('wrong usage', () => {
  const path = module('usage.ko');
  const usage = (...args: string[]) => {
    const { status, stderr } = gen(path, ...args);
    expect(status).toBe(2);
    return stderr;
  };
  expect(usage('--base', vmlinux, '--kernel', 'newest')).toMatch(/a release such as 6.12/);
  expect(usage('--base', vmlinux, '--design', '5')).toMatch(/6.12 or 7.0/);
  expect(usage('--base', vmlinux, '--in-place', '--out-prefix', 'x')).toMatch(/exclude each other/);
  expect(usage('--distill')).toMatch(/--distill wants --base/);
});
