import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { loadBtf } from '@btfkit/core/input';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const fixture = (name: string) =>
  join(fileURLToPath(new URL('../../../fixtures/core-check', import.meta.url)), name);
const scratch = scratchFolder();
process.env.BTFKIT_CACHE = scratch.path('cache');

const [older, newer] = ['kernel-old.o', 'kernel-new.o'].map(fixture);
const bytesOf = (path: string) => new Uint8Array(readFileSync(path));

function put(path: string, bytes: Uint8Array | string): string {
  const place = scratch.path(path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, bytes);
  return place;
}

/** A tar archive as tar(1) makes it. */
function tar(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    header.write('ustar\x0000', 257, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    blocks.push(header, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const check = (...args: string[]) => btfkit('core', 'check', ...args);

describe('core check', () => {
  test('a table, what fails and where, and what to change', () => {
    const { status, stdout, stderr } = check(fixture('fields.o'), '--target', older, newer);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '        kernel-old  kernel-new',
      'fields  ok          FAILS',
      '',
      '1 object on 2 kernels: 1 work, 1 fail',
      '',
      'struct task.runtime (byte_off): no member runtime in struct task',
      '    poisoned, and the program can get there, on kernel-new',
      '    fields runtime_of ./fields.c:25    return task->runtime;',
      '    fields optional ./fields.c:45    return task->runtime;',
      '    edit: it moved to struct task.sched.runtime there',
      '        struct task___other {',
      '            struct {',
      '                unsigned long long runtime;',
      '            } sched;',
      '        } __attribute__((preserve_access_index));',
      '',
      '        if (bpf_core_field_exists(p->runtime))',
      '            value = BPF_CORE_READ(p, runtime); /* struct task *p */',
      '        else',
      '            value = BPF_CORE_READ((struct task___other *)p, sched.runtime);',
      '',
      'struct task.state (byte_off): no member state in struct task',
      '    poisoned, and the program can get there, on kernel-new',
      '    fields unguarded ./fields.c:35    return task->state;',
      '    edit: it is called struct task.__state there, u32 where the program has volatile long',
      '        struct task___other {',
      '            unsigned int __state;',
      '        } __attribute__((preserve_access_index));',
      '',
      '        if (bpf_core_field_exists(p->state))',
      '            value = BPF_CORE_READ(p, state); /* struct task *p */',
      '        else',
      '            value = BPF_CORE_READ((struct task___other *)p, __state);',
      '',
      'also: 2 relocations poisoned where the program cannot get (--details)',
      '',
    ]);
  });

  test('status 0 where all work, 3 where a kernel cannot be read', () => {
    expect(check(fixture('fields.o'), '--target', older).status).toBe(0);
    const broken = put('broken.btf', bytesOf(older).subarray(0, 100));
    const { status, stdout, stderr } = check(fixture('fields.o'), '--target', broken, older);
    expect(status).toBe(3);
    expect(stdout).toContain('fields  -       ok\n');
    expect(stderr).toMatch(/^btfkit: .*broken\.btf: .*\n$/);
    expect(check(fixture('fields.o'), '--target', scratch.path('nowhere'))).toMatchObject({
      status: 3,
      stdout: '',
    });
    expect(check(broken, '--target', older)).toMatchObject({ status: 3, stdout: '' });
    expect(check(fixture('fields.o')).status).toBe(2);
  });

  test('JSON', () => {
    const { status, stdout } = check(
      fixture('fields.o'),
      fixture('externs.o'),
      '--target',
      older,
      newer,
      '--json',
    );
    expect(status).toBe(1);
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({ works: 2, fails: 2, unread: 0 });
    expect(said.kernels).toEqual([
      { kernel: 'kernel-old', input: older, error: null, modules: 0, notes: [] },
      { kernel: 'kernel-new', input: newer, error: null, modules: 0, notes: [] },
    ]);
    expect(said.objects[0]).toMatchObject({
      object: 'fields',
      states: ['works', 'fails'],
      own: ['works', 'works'],
    });
    expect(said.objects[0].programs[2]).toEqual({
      program: 'unguarded',
      section: 'raw_tp/sched_switch',
      optional: false,
      relocations: 1,
      states: ['works', 'fails'],
    });
    const [move] = said.findings.filter(
      (one: { what: string; fails: boolean }) => one.what === 'extern' && one.fails,
    );
    expect(move).toMatchObject({
      verdict: 'incompatible',
      kernels: [1],
      uses: [{ object: 1, program: null }],
    });
    expect(move.message).toMatch(
      /^extern \(func ksym\) 'task_move': func_proto \[\d+\] incompatible with vmlinux \[\d+\]$/,
    );
    expect(move.edits[0].what).toBe('flavour');
  });

  test('the report for a browser is one file without a way out', () => {
    const evil = put('x/<script>alert(1)<∕script>&.btf', bytesOf(newer));
    const html = scratch.path('report.html');
    expect(check(fixture('fields.o'), '--target', evil, older, '--html', html).status).toBe(1);
    const text = readFileSync(html, 'utf8');
    expect(text).not.toContain('<script>alert');
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text).not.toMatch(/(src|href)=|https?:|@import|url\(/);
    const data = JSON.parse(text.match(/<script type="application\/json" id="report">(.*)<\/script>/)![1]);
    expect(data.kernels[0].kernel).toBe('<script>alert(1)<∕script>&');
    expect(data.findings[0].edits).toHaveLength(2);
  });
});

describe('kernels of all forms', () => {
  const [old, new_] = [older, newer].map(bytesOf);

  test("a tree like BTFHub's, and archives of it", () => {
    const archive = (name: string, bytes: Uint8Array) => gzipSync(tar({ [`./${name}.btf`]: bytes }));
    const files: Record<string, Uint8Array> = {};
    for (const [path, name, bytes] of [
      ['debian/12', '6.1.0-9', old],
      ['debian/12', '6.1.0-10', new_],
      ['ubuntu/20.04', '5.4.0-1', old],
      ['ubuntu/22.04', '5.4.0-1', new_],
    ] as const) {
      files[`hub/${path}/x86_64/${name}.btf.tar.gz`] = archive(name, bytes);
    }
    for (const [path, bytes] of Object.entries(files)) put(path, bytes);
    put('hub/README.md', 'BTF of many kernels');
    symlinkSync('..', scratch.path('hub/debian/again'));
    symlinkSync('circle', scratch.path('hub/debian/circle'));
    const names = ['6.1.0-9', '6.1.0-10', '20.04/x86_64/5.4.0-1', '22.04/x86_64/5.4.0-1'];
    const tree = JSON.parse(check(fixture('fields.o'), '--target', scratch.path('hub'), '--json').stdout);
    expect(tree.kernels.map(({ kernel }: { kernel: string }) => kernel)).toEqual(names);
    expect(tree.objects[0].states).toEqual(['works', 'fails', 'works', 'fails']);

    files['hub/README.md'] = Buffer.from('BTF of many kernels');
    const whole = tar(files);
    for (const path of [put('whole.tar', whole), put('whole.tar.gz', gzipSync(whole))]) {
      const found = JSON.parse(check(fixture('fields.o'), '--target', path, '--json').stdout);
      expect(found.kernels.map(({ kernel }: { kernel: string }) => kernel)).toEqual(names);
      expect(found.objects).toEqual(tree.objects);
      expect(found.kernels[0].input).toContain(`${path}!`);
    }
    const damaged = put('damaged.tar', whole.subarray(0, 2000));
    const { status, stdout, stderr } = check(fixture('fields.o'), '--target', damaged, older);
    expect({ status, stdout }).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('fields  -        ok'),
    });
    expect(stderr).toMatch(/^btfkit: .*damaged\.tar: .*\n$/);
  });

  test('a folder with vmlinux is one kernel, and what stands beside it its modules', async () => {
    const { btf: base } = await loadBtf(memorySource(old, 'vmlinux'));
    const builder = new BtfBuilder({ base });
    const int = base.find('int');
    const proto = builder.add({
      kind: 'FUNC_PROTO',
      name: '',
      returns: int,
      params: [{ name: 'h', type: int }],
    });
    builder.add({ kind: 'FUNC', name: 'task_fly', type: proto, linkage: 0 });
    const module = builder.build();
    put('kernels/one/vmlinux', old);
    put('kernels/one/wings', module);
    put('kernels/one/vmlinux.inline', 'not looked at');
    put('kernels/two/vmlinux', old);
    const { status, stdout } = check(fixture('missing.o'), '--target', scratch.path('kernels'), '--json');
    expect(status).toBe(1);
    const { kernels, objects, findings } = JSON.parse(stdout);
    expect(
      kernels.map(({ kernel, modules }: { kernel: string; modules: number }) => [kernel, modules]),
    ).toEqual([
      ['one', 1],
      ['two', 0],
    ]);
    expect(objects[0].states).toEqual(['works', 'fails']);
    expect(findings.map(({ module: of }: { module: string }) => of)).toEqual([null, 'wings']);

    // The same by --modules; one that was made for another kernel is passed over.
    put('modules/wings.btf', module);
    const added = check(
      fixture('missing.o'),
      '--target',
      older,
      newer,
      '--modules',
      scratch.path('modules'),
      '--json',
    );
    const by = JSON.parse(added.stdout);
    expect(by.objects[0].states).toEqual(['works', 'fails']);
    expect(by.kernels[1].notes).toEqual([expect.stringContaining('passed over: ')]);
    // By folders with the names of kernels.
    put('by-name/kernel-old/wings', module);
    const named = check(
      fixture('missing.o'),
      '--target',
      older,
      newer,
      '--modules',
      scratch.path('by-name'),
      '--json',
    );
    expect(JSON.parse(named.stdout).kernels[1].notes).toEqual([]);
    expect(JSON.parse(named.stdout).objects[0].states).toEqual(['works', 'fails']);
  });

  test('what stands beside kernels in a folder is passed over, and links to them count once', () => {
    put('mixed/changelog.gz', gzipSync('nothing of this kind'));
    put('mixed/6.1.0.btf', old);
    symlinkSync('6.1.0.btf', scratch.path('mixed/latest.btf'));
    put('mixed/cut.btf', old.subarray(0, 60));
    put('mixed/damaged.tar', tar({ 'a.btf': old }).subarray(0, 2000));
    const { status, stdout, stderr } = check(
      fixture('fields.o'),
      '--target',
      scratch.path('mixed'),
      '--json',
    );
    expect(status).toBe(3);
    expect(stderr.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^btfkit: .*cut\.btf: /),
      expect.stringMatching(/^btfkit: .*damaged\.tar: /),
    ]);
    expect(JSON.parse(stdout).kernels.map(({ kernel }: { kernel: string }) => kernel)).toEqual([
      '6.1.0',
      'cut',
      'damaged',
    ]);
    put('nothing/changelog.gz', gzipSync('nothing of this kind'));
    expect(check(fixture('fields.o'), '--target', scratch.path('nothing'))).toMatchObject({
      status: 3,
      stdout: '',
    });
  });

  test('release and configuration decide where a program gets to', () => {
    const rows = (...targets: string[]) => {
      const { objects } = JSON.parse(check(fixture('flow.o'), '--target', ...targets, '--json').stdout);
      return objects[0].programs
        .slice(0, 2)
        .map(({ program, states }: { program: string; states: string[] }) => `${program} ${states}`);
    };
    // The same bytes are of two releases.
    const named = ['5.4.0-42-generic', '6.2.0-1'].map(name => put(`named/${name}.btf`, new_));
    expect(rows(...named)).toEqual(['by_version fails,works', 'by_config unknown,unknown']);
    for (const [root, config] of [
      ['one', 'CONFIG_OLD=y\n'],
      ['two', '# CONFIG_OLD is not set\n'],
    ]) {
      put(`machines/${root}/sys/kernel/btf/vmlinux`, new_);
      put(`machines/${root}/proc/sys/kernel/osrelease`, '6.2.0\n');
      put(`machines/${root}/proc/config.gz`, gzipSync(config));
    }
    expect(rows(scratch.path('machines'))).toEqual(['by_version works,works', 'by_config fails,works']);
    put('machines/two/proc/config.gz', gzipSync('CONFIG_OLD=y\n').subarray(0, 12));
    expect(rows(scratch.path('machines'))).toEqual(['by_version works,works', 'by_config fails,unknown']);
    put('machines/two/proc/config.gz', gzipSync(''));
    put('machines/one/boot/config-6.2.0', 'CONFIG_OTHER=y\n');
    expect(rows(scratch.path('machines'))).toEqual(['by_version works,works', 'by_config works,works']);
  });

  test('symbols and DWARF of a kernel that is an ELF file', () => {
    const kernel = put('vmlinux-6.1', bytesOf(fixture('../functions/inlined.gcc12-dw5-x86_64.elf')));
    expect(btfkit('encode', kernel, '--embed').status).toBe(0);
    const { status, stdout } = check(fixture('lost.o'), '--target', kernel, '--json');
    expect(status).toBe(1);
    const { findings } = JSON.parse(stdout);
    const said = findings.map(({ verdict, subject, reason, explanation }: Record<string, string>) => ({
      verdict,
      subject,
      reason,
      explanation,
    }));
    const gone = 'it is not in this kernel, in a module, or inlined wherever it is called';
    expect(said).toEqual([
      {
        verdict: 'missing',
        subject: 'fentry/nowhere',
        reason: `nowhere is not found in vmlinux BTF; its symbol table has no nowhere; ${gone}`,
        explanation:
          'nowhere is not in the BTF: it has no code of its own, all of it was inlined (3 copies).',
      },
      {
        verdict: 'unknown',
        subject: 'kprobe/never_there',
        reason: `its symbol table has no never_there; ${gone}`,
        explanation: 'never_there is not in the BTF: neither DWARF nor the symbol table has that name.',
      },
    ]);
  });

  test('a captured root has kallsyms', () => {
    put('root/sys/kernel/btf/vmlinux', new_);
    put('root/proc/kallsyms', '0 t task_sleep.constprop.0\n0 T task_move\n');
    for (const target of ['root', 'root/sys/kernel/btf']) {
      const { stdout } = check(fixture('attach.o'), '--target', scratch.path(target));
      expect(stdout).toContain('attach  FAILS\n');
      expect(stdout).toContain('only as the compiler changed it: task_sleep.constprop.0');
      expect(stdout).toContain('SEC("kprobe/task_sleep.constprop.0")');
    }
  });
});

describe('threads and what is kept', () => {
  test('the same text with any number of threads, and what is there twice is read once', () => {
    const kernels = Array.from({ length: 9 }, (_, i) =>
      put(`many/6.${i}.btf`, bytesOf(i % 3 === 0 ? newer : older)),
    );
    const objects = ['fields', 'externs', 'attach', 'ops'].map(name => fixture(`${name}.o`));
    const run = (...more: string[]) => check(...objects, '--target', ...kernels, '--details', ...more);
    const alone = run('-j', '1', '--no-cache');
    expect(alone.status).toBe(1);
    expect(run('-j', '3', '--no-cache')).toEqual(alone);
    expect(run()).toEqual(alone);
    expect(run()).toEqual(alone);
    expect(run('-j', '0').status).toBe(2);
  });

  test('kept answers are for the very bytes', () => {
    const kernel = put('changing.btf', bytesOf(older));
    const run = () => check(fixture('fields.o'), '--target', kernel).status;
    expect([run(), run()]).toEqual([0, 0]);
    writeFileSync(kernel, bytesOf(newer));
    utimesSync(kernel, 1, 1);
    expect([run(), run()]).toEqual([1, 1]);
  });
});
