import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf, type BtfType } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { golden, unpackKernels } from './golden.js';
import { btfkit, needs, scratchFolder } from './tools.js';

// Headers of whole kernels, of modules and of single structs, as compilers see them.

const scratch = scratchFolder();

/** Compilers with their options, those that are there. */
const compilers = [
  ['gcc', '-std=gnu11'],
  ['clang', '-std=gnu11'],
  // As BPF programs are, with every access kept.
  ['clang', '-std=gnu11', '--target=bpf'],
].filter(([compiler]) => spawnSync(compiler!, ['--version']).status === 0) as [string, ...string[]][];

/** For each compiler what it says against a header. */
function complaints(header: string | Buffer): string[] {
  const path = join(scratch, 'header.h');
  writeFileSync(path, header);
  return compilers.flatMap(([compiler, ...options]) => {
    // Warnings are about what BTF does not have, such as attributes of builtin functions.
    const args = [...options, '-w', '-fsyntax-only', '-x', 'c', path];
    const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    return status === 0 ? [] : [`${compiler} ${options.join(' ')}: ${stderr.slice(0, 500)}`];
  });
}

type Composite = BtfType & { kind: 'STRUCT' | 'UNION' };

/** Structs and unions of names that no other type has. */
function plainStructs(btf: Btf): Composite[] {
  const tags = new Map<string, Composite | null>();
  for (let id = 1; id < btf.endId; id++) {
    const type = btf.type(id);
    if (!['STRUCT', 'UNION', 'ENUM', 'ENUM64'].includes(type.kind) || type.name === '') continue;
    const isFirst = !tags.has(type.name) && (type.kind === 'STRUCT' || type.kind === 'UNION');
    tags.set(type.name, isFirst ? (type as Composite) : null);
  }
  return [...tags.values()].filter(type => type !== null);
}

/** What has to be asserted of these structs, made here, from the BTF alone. */
function layouts(structs: readonly Composite[]): string[] {
  return structs.flatMap(({ kind, name, size, members }) => {
    const tag = `${kind.toLowerCase()} ${name}`;
    const offsets = members
      .filter(member => member.name !== '' && member.bitfieldSize === 0)
      .map(member => `__builtin_offsetof(${tag}, ${member.name}) == ${member.bitOffset / 8}`);
    return [`sizeof(${tag}) == ${size}`, ...offsets];
  });
}

/** What a header asserts, and what it would assert if BTF said how to get there. */
function assertions(header: string): { stated: Set<string>; inComments: string[] } {
  const found = [...header.matchAll(/^(\/\/ )?_Static_assert\((.*), "(?:size|offset)"\);$/gm)];
  return {
    stated: new Set(found.filter(([, comment]) => comment === undefined).map(([, , what]) => what!)),
    inComments: found.filter(([, comment]) => comment !== undefined).map(([, , what]) => what!),
  };
}

const { skip, why } = needs('shared', 'xz');
const noCompiler = compilers.length === 0 ? ' (skipped: neither gcc nor clang)' : '';
describe.skipIf(skip || noCompiler !== '')(`headers compile${why}${noCompiler}`, () => {
  const kernels = skip ? new Map<string, string>() : unpackKernels(scratch);
  const newest = [...kernels].find(([name]) => name.startsWith('vmlinux-6.12'))?.[1] ?? '';

  test('there are kernels', () => expect(kernels.size).toBeGreaterThan(1));

  test.each([...kernels])('%s', { timeout: 300_000 }, (_, path) => {
    const header = btfkit('dump', path, '--format', 'c', '--asserts').toString();
    const { stated, inComments } = assertions(header);
    const expected = layouts(plainStructs(Btf.parse(readFileSync(path))));
    expect(expected.length).toBeGreaterThan(40_000);
    const comments = new Set(inComments);
    expect(expected.filter(what => !stated.has(what) && !comments.has(what))).toEqual([]);
    // Unions that were given no members, and what holds a va_list.
    expect(inComments.length).toBeLessThan(20);
    expect(complaints(header)).toEqual([]);
  });

  test('and would not with another layout', { timeout: 120_000 }, () => {
    const header = btfkit('dump', newest, 'list_head', '--format', 'c', '--asserts').toString();
    const what = '__builtin_offsetof(struct list_head, prev) == 8';
    expect(assertions(header).stated).toContain(what);
    expect(complaints(header)).toEqual([]);
    expect(complaints(header.replace(what, what.replace('8', '16')))).toHaveLength(compilers.length);
  });

  test.each(['team', 'nft_queue'])('%s on its base', { timeout: 300_000 }, module => {
    const path = join(golden, 'modules', `${module}.btf`);
    const header = btfkit('dump', path, '--base', newest, '--format', 'c', '--asserts').toString();
    const base = Btf.parse(readFileSync(newest));
    const own = Btf.parse(readFileSync(path), { base });
    const expected = new Set(layouts(plainStructs(own)));
    for (const what of layouts(plainStructs(base))) expected.delete(what);
    expect(expected.size).toBeGreaterThan(10);
    const { stated } = assertions(header);
    expect([...expected].filter(what => !stated.has(what))).toEqual([]);
    expect(complaints(header)).toEqual([]);
  });

  test('each of the 20 structs with most members, alone', { timeout: 300_000 }, () => {
    const structs = plainStructs(Btf.parse(readFileSync(newest)));
    const largest = structs.sort((a, b) => b.members.length - a.members.length).slice(0, 20);
    for (const struct of largest) {
      const header = btfkit('dump', newest, struct.name, '--format', 'c', '--asserts').toString();
      const { stated } = assertions(header);
      expect(layouts([struct]).filter(what => !stated.has(what))).toEqual([]);
      expect(complaints(header)).toEqual([]);
    }
  });
});
