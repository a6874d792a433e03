import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const fixture = (name: string) =>
  join(fileURLToPath(new URL('../../../fixtures/core', import.meta.url)), name);
const scratch = scratchFolder();

function elfBtf(path: string): Btf {
  const elf = Elf.open(memorySource(new Uint8Array(readFileSync(path)), path));
  return Btf.parse(elf.bytes(elf.section('.BTF')!));
}

describe('core apply', () => {
  const program = fixture('program-el.o');
  const kernel = fixture('kernel-el.o');

  test('writes the object and names what was poisoned', () => {
    const out = scratch.path('program.o');
    const { status, stdout, stderr } = btfkit('core', 'apply', program, '--target', kernel, '-o', out);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'guarded insn 3, ./program.c:172: byte_off [18] struct task___old.gone (0:0 @ offset 0): poisoned: none of 2 candidates has it',
      '    if (field_exists(task->gone)) return task->gone + enumval_value(enum state, DEAD);',
      '    in vmlinux [2] struct task (0 @ offset 0): no member gone in struct task',
      '    in vmlinux [18] struct task___flavour (0 @ offset 0): no member gone in struct task___flavour',
      'guarded insn 4, ./program.c:172: enumval_value [15] enum state::DEAD = 2: poisoned: no enumerator DEAD',
      '    if (field_exists(task->gone)) return task->gone + enumval_value(enum state, DEAD);',
      `btfkit: ${program}: 62 relocations: 60 patched, 2 poisoned`,
      '',
    ]);
    expect(readFileSync(out).length).toBe(readFileSync(program).length);
    expect(readFileSync(out).equals(readFileSync(program))).toBe(false);
  });

  test('says as JSON what became of each relocation', () => {
    const out = scratch.path('json.o');
    const { status, stdout } = btfkit('core', 'apply', program, '--target', kernel, '-o', out, '--json');
    expect(status).toBe(0);
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({
      object: program,
      output: out,
      patched: 60,
      poisoned: 2,
      refused: 0,
      skipped: 0,
    });
    expect(said.relocations[0]).toMatchObject({
      program: 'fields',
      kind: 'byte_off',
      spec: '[6] struct task.pid (0:0 @ offset 0)',
      outcome: 'patched',
      field: 'imm',
      before: '0',
      after: '8',
    });
  });

  test('status 1 and no file where libbpf refuses', () => {
    const out = scratch.path('refused.o');
    const target = fixture('refusing-kernel-el.o');
    const { status, stderr } = btfkit(
      'core',
      'apply',
      fixture('refused-el.o'),
      '--target',
      target,
      '-o',
      out,
    );
    expect(status).toBe(1);
    expect(stderr).toContain('ambiguous: [2] and [6] have the field at bit offsets 0 and 32 (EINVAL)\n');
    expect(stderr).toContain('far insn 0, ./refused.c:29: byte_off [6] struct far.field');
    expect(stderr).toContain('refused: offset 40000 is more than a load or store can have (ERANGE)\n');
    expect(existsSync(out)).toBe(false);
  });

  test('of a big-endian object, which libbpf never loads, the rest is written', () => {
    const out = scratch.path('refused-eb.o');
    const args = [fixture('refused-eb.o'), '--target', fixture('refusing-kernel-eb.o'), '-o', out];
    const { status, stderr } = btfkit('core', 'apply', ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/, [1-9] refused: made unloadable, the rest is written\n$/);
    const text = readFileSync(out);
    const before = readFileSync(fixture('refused-eb.o'));
    expect(text.length).toBe(before.length);
    const poison = Buffer.from([0x85, 0, 0, 0, 0x0b, 0xad, 0x23, 0x10]);
    expect(before.includes(poison)).toBe(false);
    expect(text.includes(poison)).toBe(true);
  });

  test('looks into modules', () => {
    const out = scratch.path('module.o');
    const base = fixture('refusing-kernel-el.o');
    const run = (...more: string[]) =>
      btfkit('core', 'apply', program, '--target', base, ...more, '-o', out, '--json');
    expect(JSON.parse(run().stdout).relocations[0].outcome).toBe('poisoned');
    const split = scratch.path('split.btf');
    const builder = new BtfBuilder({ base: elfBtf(base) });
    const int = elfBtf(base).find('int');
    builder.add({
      kind: 'STRUCT',
      name: 'task',
      size: 32,
      kflag: false,
      members: [{ name: 'pid', type: int, bitOffset: 128, bitfieldSize: 0 }],
    });
    scratch.write('split.btf', builder.build());
    const said = JSON.parse(run('--module', `demo=${split}`).stdout).relocations[0];
    expect([said.outcome, said.candidates[0].btf]).toEqual(['patched', 'demo']);
  });

  test.each([
    ['--module', 'nothing'],
    ['--module', '=x'],
  ])('%s %s is wrong usage', (...more) => {
    const { status } = btfkit('core', 'apply', program, '--target', kernel, '-o', '-', ...more);
    expect(status).toBe(2);
  });

  test('an object that is none is a broken input', () => {
    const { status, stderr } = btfkit('core', 'apply', fixture('program.c'), '--target', kernel, '-o', '-');
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `btfkit: ${fixture('program.c')}: ELF header: offset 0x0: no ELF file: the first bytes are not 7f 45 4c 46\n`,
    });
  });
});

describe('core min', () => {
  test('writes what several objects need', () => {
    const out = scratch.path('min.btf');
    const objects = [fixture('program-el.o'), fixture('refused-el.o')];
    const { status, stderr } = btfkit(
      'core',
      'min',
      ...objects,
      '--target',
      fixture('kernel-el.o'),
      '-o',
      out,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const btf = Btf.parse(new Uint8Array(readFileSync(out)));
    const names = (id: number) => {
      const type = btf.type(id);
      return type.kind === 'STRUCT' ? type.members.map(({ name }) => name) : [];
    };
    // magic, cpu_count and comm are asked for by nobody.
    expect(names(btf.find('task'))).toEqual(
      expect.arrayContaining(['flags', 'pid', 'cpu', 'names', 'state']),
    );
    expect(names(btf.find('task'))).not.toContain('magic');
    expect(names(btf.find('packet'))).toEqual(['kind', 'owner', 'length', 'more']);
    expect(btf.find('header')).toBe(0);
  });

  test('status 1 and no file where libbpf refuses', () => {
    const out = scratch.path('no.btf');
    const target = fixture('refusing-kernel-el.o');
    const { status, stderr } = btfkit('core', 'min', fixture('refused-el.o'), '--target', target, '-o', out);
    expect(status).toBe(1);
    expect(stderr).toContain('refused-el.o: raw_tp/ambiguous insn 0: refused: ambiguous');
    expect(existsSync(out)).toBe(false);
  });
});
