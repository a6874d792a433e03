import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { gzipSync } from 'node:zlib';
import {
  assemble,
  Btf,
  BtfBuilder,
  type BtfType,
  infoOf,
  Kind,
  swapByteOrder,
  type VoidType,
} from '@btfkit/core/btf';
import { distill } from '@btfkit/core/distill';
import { NEWEST_RELEASE, RELEASES } from '@btfkit/core/verify';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../../core/test/elf/build-elf.mjs';
import { elfWith } from '../../core/test/input/images.mjs';
import { liveAvailable } from '../dist/live/ask.js';
import { btfkit, executable, scratchFolder } from './run.js';

type Type = Exclude<BtfType, VoidType>;

const scratch = scratchFolder();
const { write } = scratch;

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const typedef = (name: string, type: number): Type => ({ kind: 'TYPEDEF', name, type });
const pointer = (type: number): Type => ({ kind: 'PTR', name: '', type });
const struct = (name: string, size: number, ...types: number[]): Type => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: false,
  members: types.map((type, i) => ({ name: `m${i}`, type, bitOffset: 0, bitfieldSize: 0 })),
});
function blobOf(types: readonly Type[], base?: Btf): Uint8Array {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.build();
}
const swapped = (bytes: Uint8Array) => swapByteOrder(Btf.parse(bytes));

const goodBytes = blobOf([int]);
const badBytes = blobOf([int, typedef('a-b', 1)]);
const good = write('good.btf', goodBytes);
const bad = write('bad.btf', badBytes);
const absent = scratch.path('absent.btf');
const MESSAGE = '[2] TYPEDEF a-b type_id=1 Invalid name';

interface Row {
  readonly input: string;
  readonly accepted: boolean;
  readonly errno: number | null;
  readonly errnoName: string | null;
  readonly message: string;
  readonly typeId: number | null;
  readonly offset: number | null;
  readonly error?: string;
  readonly meaning?: string;
  readonly as?: string;
  readonly kernel?: string;
  readonly log?: readonly string[];
  readonly notes?: readonly string[];
  readonly accepts?: readonly [string, string][];
  readonly releases?: readonly (Row & { from: string; to: string })[];
}

/** Status and rows of `verify --json`; the document is all there is on standard output. */
function verify(...args: string[]): { status: number | null; rows: Row[]; stderr: string } {
  const { status, stdout, stderr } = btfkit('verify', '--json', ...args);
  return { status, rows: stdout === '' ? [] : JSON.parse(stdout).results, stderr };
}

/** The row of a single input. */
function rowOf(...args: string[]): Row {
  const { rows } = verify(...args);
  expect(rows.length).toBe(1);
  return rows[0]!;
}
const accepts = (...args: string[]) => rowOf(...args).accepted;

describe('inputs and rows', () => {
  test('a row for each, in their order, with the fields of the contract', () => {
    const { status, rows, stderr } = verify(good, absent, bad, good);
    expect(status).toBe(3);
    expect(rows).toEqual([
      expect.objectContaining({
        input: good,
        accepted: true,
        errno: 0,
        message: '',
        typeId: null,
        offset: null,
      }),
      {
        input: absent,
        accepted: false,
        errno: null,
        errnoName: null,
        message: '',
        typeId: null,
        offset: null,
        error: `${absent}: no such file or directory`,
      },
      expect.objectContaining({
        input: bad,
        accepted: false,
        errno: 22,
        errnoName: 'EINVAL',
        message: MESSAGE,
        typeId: 2,
        offset: 24 + 16,
        meaning: expect.stringMatching(/\.$/),
        as: 'program',
        kernel: NEWEST_RELEASE,
      }),
      expect.objectContaining({ input: good, accepted: true }),
    ]);
    expect(rows[0]).not.toHaveProperty('error');
    expect(stderr).toBe(`btfkit: ${absent}: no such file or directory\n`);
  });

  test('the status is that of the worst', () => {
    expect(btfkit('verify', good).status).toBe(0);
    expect(btfkit('verify', good, bad).status).toBe(1);
    expect(btfkit('verify', bad, absent, good).status).toBe(3);
    expect(btfkit('verify').status).toBe(2);
  });

  test('in words', () => {
    const { status, stdout, stderr } = btfkit('verify', good, absent, bad);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `btfkit: ${absent}: no such file or directory\n`,
    });
    const [first, second, ...reasons] = stdout.trimEnd().split('\n');
    expect(first).toBe(`${good}: accepted as a program's BTF by Linux ${NEWEST_RELEASE}`);
    expect(second).toBe(`${bad}: refused as a program's BTF by Linux ${NEWEST_RELEASE}: EINVAL (22)`);
    expect(reasons).toEqual([
      `  ${MESSAGE}`,
      '  at type [2], offset 40 of the BTF',
      expect.stringMatching(/^ {2}.*name.*\.$/),
    ]);
  });

  test('what is no container is a raw blob, and never status 3', () => {
    const blobs: [string, Uint8Array, string][] = [
      ['empty', new Uint8Array(0), 'hdr_len not found'],
      ['text', Buffer.from('hello, world'), 'btf_header not found'],
      ['zeros', new Uint8Array(100), 'Invalid magic'],
      ['cut', badBytes.slice(0, 30), 'Total section length too long'],
    ];
    const { status, rows } = verify(...blobs.map(([name, bytes]) => write(name, bytes)));
    expect(status).toBe(1);
    expect(rows).toMatchObject(blobs.map(([, , message]) => ({ accepted: false, errno: 22, message })));
  });

  test('broken containers are', () => {
    const elf = elfWith(goodBytes);
    const broken = [
      write('cut.ko', elf.slice(0, -100)),
      write('cut.gz', gzipSync(goodBytes).subarray(0, 20)),
      write('nobtf.o', buildElf({ sections: [{ name: '.text', content: new Uint8Array(4) }] })),
      scratch.folder,
    ];
    const { status, rows, stderr } = verify(...broken);
    expect(status).toBe(3);
    for (const [index, row] of rows.entries()) {
      expect(row).toMatchObject({ input: broken[index], accepted: false, errno: null, message: '' });
      expect(row.error).toContain(broken[index]);
    }
    expect(rows.length).toBe(4);
    expect(stderr).toBe(rows.map(({ error }) => `btfkit: ${error}\n`).join(''));
  });

  test('ELF files, compressed ones, standard input', () => {
    const ko = write('bad.ko', elfWith(badBytes));
    const packed = [write('bad.ko.gz', gzipSync(elfWith(badBytes))), write('bad.btf.gz', gzipSync(badBytes))];
    // Offsets count from the start of the BTF, wherever it stands.
    for (const row of verify(ko, ...packed).rows) {
      expect(row).toMatchObject({ message: MESSAGE, typeId: 2, offset: 40 });
    }
    for (const input of [badBytes, elfWith(badBytes)]) {
      const { status, stdout } = spawnSync(process.execPath, [executable, 'verify', '-', '--json'], {
        input,
      });
      expect(status).toBe(1);
      expect(JSON.parse(stdout.toString()).results).toMatchObject([{ input: '-', message: MESSAGE }]);
    }
  });
});

describe('--kernel', () => {
  const enum64 = write(
    'enum64.btf',
    blobOf([{ kind: 'ENUM64', name: 'e', size: 8, signed: false, values: [{ name: 'A', value: 5n }] }]),
  );

  test('a release, however it is written', () => {
    for (const version of ['6.0', 'v6.0', '6.12.117', '6.12.117+deb12-cloud-amd64', 'v6.1-rc3', '7.3']) {
      const { accepted, kernel } = rowOf(enum64, '--kernel', version);
      expect({ accepted, kernel }).toEqual({ accepted: true, kernel: /\d\.\d+/.exec(version)![0] });
    }
    for (const [version, message] of [
      ['5.19', '[1] Invalid kind:19'],
      ['v5.13-rc1', '[1] Invalid kind:19'],
      ['5.12', '[1] Invalid btf_info:13000001'],
      ['4.18', '[1] Invalid btf_info:13000001'],
    ]) {
      expect(rowOf(enum64, '--kernel', version!).message).toBe(message);
    }
    expect(btfkit('verify', enum64, '--kernel', '5.19').stdout).toContain(
      "refused as a program's BTF by Linux 5.19: EINVAL (22)\n  [1] Invalid kind:19\n",
    );
  });

  test('one that is not out yet is judged as the newest, with a word about it', () => {
    const { status, rows, stderr } = verify(good, '--kernel', '99.1');
    expect({ status, kernel: rows[0]!.kernel }).toEqual({ status: 0, kernel: NEWEST_RELEASE });
    expect(stderr).toBe(`btfkit: Linux 99.1 is not known yet, ${NEWEST_RELEASE} is the newest that is\n`);
  });

  test('one before BTF, and what is no version, are wrong usage', () => {
    for (const version of ['4.17', '3.10', '4', 'newest', '', '5.x', '6.20']) {
      const { status, stdout, stderr } = btfkit('verify', good, '--kernel', version);
      expect({ version, status, stdout }).toEqual({ version, status: 2, stdout: '' });
      expect(stderr).toBe(
        `btfkit: --kernel ${version}: no release of Linux with BTF, which are 4.18 to ${NEWEST_RELEASE}\n`,
      );
    }
  });

  test('all tells the releases, and is accepted where one of them accepts', () => {
    const { status, rows } = verify(good, bad, enum64, '--kernel', 'all');
    expect(status).toBe(0);
    expect(rows.map(row => row.accepts)).toEqual([
      [['4.18', NEWEST_RELEASE]],
      [['4.18', '4.19']],
      [['6.0', NEWEST_RELEASE]],
    ]);
    for (const row of rows) {
      // Every release is in one of the runs, which follow each other.
      const [runs, last] = [row.releases!, RELEASES.indexOf(NEWEST_RELEASE)];
      expect(RELEASES.indexOf(runs[0]!.from)).toBe(0);
      expect(RELEASES.indexOf(runs.at(-1)!.to)).toBe(last);
      runs.slice(1).forEach(({ from }, i) => {
        expect(RELEASES.indexOf(from)).toBe(RELEASES.indexOf(runs[i]!.to) + 1);
      });
      expect(row).toMatchObject({ accepted: true, errno: 0, errnoName: 'OK', message: '', kernel: 'all' });
    }
    expect(rows[1]!.releases![1]).toMatchObject({ from: '4.20', message: MESSAGE, errno: 22, typeId: 2 });
  });

  test('all, in words', () => {
    const { status, stdout } = btfkit('verify', enum64, good, '--kernel', 'all');
    expect(status).toBe(0);
    const [verdict, ...lines] = stdout.trimEnd().split('\n');
    expect(verdict).toBe(`${enum64}: accepted by Linux 6.0 to ${NEWEST_RELEASE} as a program's BTF`);
    expect(lines).toContain('  4.18 to 5.12: EINVAL (22)');
    expect(lines).toContain('    [1] Invalid kind:19');
    expect(lines.at(-1)).toBe(`${good}: accepted by Linux 4.18 to ${NEWEST_RELEASE} as a program's BTF`);
  });

  test('all, refused by each', () => {
    const never = write('never.btf', Uint8Array.of(1, 2, 3));
    const { status, rows } = verify(never, '--kernel', 'all');
    expect(status).toBe(1);
    expect(rows).toMatchObject([{ accepted: false, errno: 22, message: 'hdr_len not found', accepts: [] }]);
    expect(btfkit('verify', never, '--kernel', 'all').stdout).toContain(`${never}: refused by every kernel`);
  });
});

describe('--as', () => {
  const vmlinuxBytes = blobOf([int, struct('task', 8, 1)]);
  const vmlinuxBtf = Btf.parse(vmlinuxBytes);
  const vmlinux = write('vmlinux', vmlinuxBytes);
  const splitBtf = Btf.parse(blobOf([struct('mine', 8, 2), typedef('mine_t', 3)], vmlinuxBtf), {
    base: vmlinuxBtf,
  });
  const split = write('split.btf', splitBtf.bytes);
  const loop = write('loop.btf', blobOf([struct('a', 4, 1)]));

  test('vmlinux asks about records alone, program about references too, libbpf about neither', () => {
    expect(accepts(loop, '--as', 'vmlinux')).toBe(true);
    expect(rowOf(loop)).toMatchObject({ errno: 17, errnoName: 'EEXIST', as: 'program' });
    expect(accepts(loop, '--as', 'libbpf')).toBe(true);
    expect(rowOf(bad, '--as', 'vmlinux')).toMatchObject({ message: 'Invalid name', typeId: 2 });
    expect(accepts(bad, '--as', 'libbpf')).toBe(true);
  });

  test('libbpf reads either byte order, and says what libbpf says', () => {
    const dangling = blobOf([pointer(7)]);
    const inputs = [write('dangling.btf', dangling), write('dangling-big.btf', bigEndian([pointer(7)]))];
    for (const row of verify('--as', 'libbpf', ...inputs).rows) {
      expect(row).toMatchObject({
        accepted: false,
        errno: 22,
        message: 'btf: type [1]: invalid referenced type ID 7',
        typeId: 1,
        as: 'libbpf',
      });
      expect(row).not.toHaveProperty('kernel');
    }
    const { stdout } = btfkit('verify', '--as', 'libbpf', inputs[0]!, good);
    expect(stdout).toContain(`${inputs[0]}: refused by libbpf: EINVAL (22)\n`);
    expect(stdout).toContain(`${good}: accepted by libbpf\n`);
    expect(accepts(split, '--as', 'libbpf', '--base', vmlinux)).toBe(true);
    expect(accepts(split, '--as', 'libbpf')).toBe(false);
  });

  test('module is what a split BTF is taken for', () => {
    expect(rowOf(split, '--base', vmlinux)).toMatchObject({ accepted: true, as: 'module' });
    expect(accepts(split)).toBe(false);
    const { stdout } = btfkit('verify', split, '--base', vmlinux, '--kernel', '6.12');
    expect(stdout).toBe(`${split}: accepted as a module's BTF by Linux 6.12\n`);
    // Ids count those of the base, offsets are of the module's blob.
    const wrong = write('wrong.btf', blobOf([typedef('a b', 1)], vmlinuxBtf));
    expect(rowOf(wrong, '--base', vmlinux)).toMatchObject({
      errno: 22,
      message: 'Invalid name',
      typeId: 3,
      offset: 24,
    });
  });

  test('module says on --log what dmesg has', () => {
    const wrong = write('my-mod.ko', elfWith(blobOf([typedef('a b', 1)], vmlinuxBtf)));
    const { log } = rowOf(wrong, '--base', vmlinux, '--log', '--kernel', '6.12');
    expect(log).toEqual([
      'BPF: [3] TYPEDEF a b ',
      'BPF: type_id=1',
      'BPF:  ',
      'BPF: Invalid name',
      'BPF: ',
      'failed to validate module [my_mod] BTF: -22',
    ]);
  });

  test('module on a kernel that is refused is refused with it', () => {
    const refused = write('vmlinux.bad', vmlinuxBytes.with(2, 2));
    expect(rowOf(split, '--base', refused)).toMatchObject({ errno: 524, errnoName: 'ENOTSUPP', message: '' });
  });

  test('module with .BTF.base is moved onto the kernel', () => {
    const { split: btf, base } = distill(splitBtf);
    const ko = write('distilled.ko', elfWith(btf, base));
    expect(rowOf(ko, '--base', vmlinux)).toMatchObject({ accepted: true, as: 'module' });
    const shuffled = write('shuffled', blobOf([pointer(0), struct('task', 8, 3), int]));
    expect(accepts(ko, '--base', shuffled)).toBe(true);
    const grown = write('grown', blobOf([int, struct('task', 16, 1)]));
    const problem = "distilled base BTF type 'task' [1] is not mapped to base BTF id";
    for (const as of ['module', 'libbpf']) {
      expect(rowOf(ko, '--base', grown, '--as', as)).toMatchObject({
        errno: 22,
        message: problem,
        typeId: 1,
        offset: null,
      });
    }
    expect(accepts(ko, '--as', 'libbpf')).toBe(true);
    expect(btfkit('verify', ko)).toMatchObject({
      status: 2,
      stderr: 'btfkit: a kernel reads a module on its own BTF: name that one with --base\n',
    });
  });

  test('program with --base may refer to the kernel, where it has a destructor', () => {
    const kernel = write(
      'kernel',
      blobOf([
        struct('task_struct', 8),
        struct('list_head', 8),
        { kind: 'FUNC_PROTO', name: '', returns: 0, params: [] },
        { kind: 'FUNC', name: 'bpf_task_release_dtor', type: 3, linkage: 0 },
      ]),
    );
    const reference = (name: string) =>
      blobOf([
        struct(name, 8),
        { kind: 'TYPE_TAG', name: 'kptr', type: 1, attribute: false },
        pointer(2),
        struct('holder', 8, 3),
      ]);
    const task = write('task.btf', reference('task_struct'));
    const list = write('list.btf', reference('list_head'));
    expect(accepts(task, '--as', 'program', '--base', kernel)).toBe(true);
    const row = rowOf(list, '--as', 'program', '--base', kernel);
    expect(row).toMatchObject({ errno: 2, errnoName: 'ENOENT', as: 'program', typeId: 4 });
    expect(row.meaning).toContain('destructor for struct list_head');
    expect(accepts(list)).toBe(true);
  });

  test('a base that cannot be read leaves no input without a row', () => {
    for (const as of ['module', 'libbpf', 'program']) {
      const { status, rows } = verify(split, good, '--base', absent, '--as', as);
      expect(status).toBe(3);
      expect(rows.map(({ input, errno }) => ({ input, errno }))).toEqual([
        { input: split, errno: null },
        { input: good, errno: null },
      ]);
      expect(rows[0]!.error).toBe(`${absent}: no such file or directory`);
    }
  });
});

function bigEndian(types: readonly Type[]): Uint8Array {
  const builder = new BtfBuilder({ littleEndian: false });
  for (const type of types) builder.add(type);
  return builder.build();
}

describe('the kernel that the blob is for', () => {
  const big = write('big.btf', bigEndian([int]));
  const bigElf = (btf: Uint8Array, is64 = true) =>
    buildElf({ little: false, is64, machine: is64 ? 22 : 20, sections: [{ name: '.BTF', content: btf }] });

  test('reads raw blobs of its own byte order, little-endian unless said', () => {
    expect(rowOf(big)).toMatchObject({ errno: 22, message: 'btf_header not found', typeId: null, offset: 4 });
    expect(accepts(big, '--endian', 'little')).toBe(false);
    expect(accepts(big, '--endian', 'big')).toBe(true);
    expect(accepts(big, '--endian', 'target')).toBe(true);
    expect(accepts(good, '--endian', 'big')).toBe(false);
    expect(accepts(good, '--endian', 'target')).toBe(true);
    // In the middle of the records, too.
    const wrong = write('wrong-big.btf', swapped(badBytes));
    expect(rowOf(wrong, '--endian', 'big')).toMatchObject({ message: MESSAGE, typeId: 2, offset: 40 });
  });

  test('is of the byte order of the ELF file', () => {
    const elf = write('big.o', bigElf(bigEndian([int])));
    expect(accepts(elf)).toBe(true);
    expect(accepts(elf, '--endian', 'target')).toBe(true);
    expect(accepts(elf, '--endian', 'little')).toBe(false);
    // BTF of the other order in it is for no kernel.
    const mixed = write('mixed.o', bigElf(goodBytes));
    expect(rowOf(mixed).message).toBe('btf_header not found');
    expect(accepts(mixed, '--endian', 'little')).toBe(true);
  });

  test('judges big-endian modules on a big-endian kernel', () => {
    const vmlinux = write('vmlinux.big', bigElf(bigEndian([int])));
    const builder = new BtfBuilder({ littleEndian: false, base: Btf.parse(bigEndian([int])) });
    builder.add(pointer(1));
    expect(accepts(write('big.ko', bigElf(builder.build())), '--base', vmlinux)).toBe(true);
  });

  test('has pointers of the size of the ELF file', () => {
    const types = [pointer(0), struct('s', 4, 1)];
    const narrow = write(
      'narrow.o',
      buildElf({ is64: false, machine: 3, sections: [{ name: '.BTF', content: blobOf(types) }] }),
    );
    expect(accepts(narrow)).toBe(true);
    expect(accepts(write('narrow-big.o', bigElf(bigEndian(types), false)))).toBe(true);
    const message = 'm0 type_id=1 bits_offset=0 Member exceeds struct_size';
    expect(rowOf(write('wide.o', elfWith(blobOf(types))))).toMatchObject({ message, typeId: 2 });
    expect(rowOf(write('narrow.btf', blobOf(types)))).toMatchObject({ message, typeId: 2 });
  });
});

describe('--log', () => {
  const header = ['magic: 0xeb9f', 'version: 1', 'flags: 0x0', 'hdr_len: 24', 'type_off: 0'];
  const sizes = ['type_len: 28', 'str_off: 28', 'str_len: 9', 'btf_total_size: 61'];
  const types = ['[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED', MESSAGE];

  test('has all that the kernel would say', () => {
    expect(rowOf(bad, '--log').log).toEqual([...header, ...sizes, ...types]);
    const { stdout } = btfkit('verify', bad, '--log');
    expect(stdout.startsWith([...header, ...sizes, ...types, `${bad}: refused`].join('\n'))).toBe(true);
  });

  test('of what is accepted, too', () => {
    expect(rowOf(good, '--log').log).toContain(types[0]);
    expect(rowOf(good)).not.toHaveProperty('log');
  });
});

describe('wrong usage', () => {
  test.each([
    [['--as', 'libbpf', '--kernel', '6.12']],
    [['--as', 'libbpf', '--kernel', 'all']],
    [['--as', 'libbpf', '--endian', 'big']],
    [['--as', 'libbpf', '--live']],
    [['--as', 'vmlinux', '--base', good]],
    [['--as', 'module', '--live', '--base', good]],
    [['--as', 'vmlinux', '--live']],
    [['--live', '--kernel', '6.12']],
    [['--live', '--endian', 'little']],
    [['--kernel', 'all', '--log']],
    [['--as', 'module']],
    [['--as', 'module', '--base', good, '--base', good]],
    [['--as', 'kernel']],
    [['--endian', 'middle']],
    [['--kernel']],
    [['--nonsense']],
  ])('%j', options => {
    const { status, stdout, stderr } = btfkit('verify', good, ...options);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^(btfkit|error): /);
  });
});

const unavailable = liveAvailable();
const why = unavailable === null ? '' : ` (skipped: ${unavailable})`;

describe(`--live${why}`, () => {
  test.skipIf(unavailable !== null)('is the answer of the running kernel', () => {
    const { status, rows } = verify(good, bad, absent, '--live');
    expect(status).toBe(3);
    expect(rows).toMatchObject([
      { input: good, accepted: true, errno: 0, message: '', kernel: release() },
      { input: bad, accepted: false, errno: 22, message: MESSAGE, typeId: 2, offset: 40, kernel: release() },
      { input: absent, errno: null },
    ]);
    expect(btfkit('verify', bad, '--live').stdout).toContain(
      `${bad}: refused as a program's BTF by Linux ${release()}, which runs here: EINVAL (22)\n  ${MESSAGE}\n`,
    );
  });

  test.skipIf(unavailable !== null)('with its log', () => {
    expect(rowOf(bad, '--live', '--log').log).toEqual(rowOf(bad, '--log').log);
  });

  test.skipIf(unavailable === null)('is wrong usage where nobody can be asked', () => {
    const { status, stdout, stderr } = btfkit('verify', good, '--live');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(`btfkit: --live: ${unavailable}\n`);
  });
});

describe('hostile inputs', () => {
  /** Far more than any of them takes: what hangs is stopped, what is slow is not judged. */
  const PATIENCE = { timeout: 120_000, killSignal: 'SIGKILL' as const, maxBuffer: 2 ** 28 };

  function answers(inputs: readonly string[], ...args: string[]): Row[] {
    const stdout = openSync(scratch.path('out.json'), 'w');
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      [executable, 'verify', '--json', ...inputs, ...args],
      { ...PATIENCE, encoding: 'utf8', stdio: ['ignore', stdout, 'pipe'] },
    );
    closeSync(stdout);
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
    const { results }: { results: Row[] } = JSON.parse(readFileSync(scratch.path('out.json'), 'utf8'));
    expect(status).toBe(results.every(({ accepted }) => accepted) ? 0 : 1);
    return results;
  }
  const answer = (input: string, ...args: string[]) => answers([input], ...args)[0]!;
  const ofTypes = (count: number, record: (i: number) => number[], strings = '\0') =>
    assemble({
      words: Uint32Array.from(Array.from({ length: count }, (_, i) => record(i)).flat()),
      strings: Buffer.from(strings, 'latin1'),
    });

  test('100 MB of random bytes', () => {
    const bytes = new Uint8Array(100 << 20);
    // A generator of its own: crypto takes longer than all the rest.
    let state = 1;
    const words = new Uint32Array(bytes.buffer);
    for (let i = 0; i < words.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      words[i] = state;
    }
    const input = write('random', bytes);
    expect(answer(input)).toMatchObject({ errno: 7, errnoName: 'E2BIG', message: '', typeId: null });
    expect(answer(input, '--as', 'vmlinux')).toMatchObject({ errno: 22, message: 'btf_header not found' });
    expect(answer(input, '--as', 'libbpf').errno).toBe(22);
    expect(answer(input, '--kernel', 'all')).toMatchObject({ accepted: false, accepts: [] });
  });

  test('lengths of 4 GB in every field of the header', () => {
    const inputs = [4, 8, 12, 16, 20].map(field => {
      const bytes = goodBytes.slice();
      new DataView(bytes.buffer).setUint32(field, 0xffffffff, true);
      return write(`field-${field}`, bytes);
    });
    for (const as of ['program', 'vmlinux', 'libbpf']) {
      const rows = answers(inputs, '--as', as);
      expect(rows.length).toBe(5);
      for (const row of rows) expect(row).toMatchObject({ accepted: false, errno: 22, typeId: null });
    }
  });

  test('a vlen of 16 million, of which nothing is there', () => {
    const bytes = assemble({
      words: Uint32Array.of(0, 0x04ffffff, 4),
      strings: new Uint8Array(1),
    });
    expect(answer(write('vlen', bytes))).toMatchObject({ errno: 22, typeId: 1, offset: 28 });
  });

  test('a loop of 100,000 types', () => {
    const count = 100_000;
    const ring = (kind: number) =>
      ofTypes(count, i => [0, infoOf(kind, 0, false), i + 1 === count ? 1 : i + 2]);
    const pointers = write('pointers', ring(Kind.PTR));
    expect(answer(pointers)).toMatchObject({
      errno: 7,
      message: '[1] PTR (anon) type_id=2 Exceeded max resolving depth:32',
      typeId: 1,
    });
    expect(answer(pointers, '--as', 'vmlinux').accepted).toBe(true);
    const modifiers = write('modifiers', ring(Kind.CONST));
    expect(answer(modifiers)).toMatchObject({ errno: 7, typeId: 1 });
    expect(answer(modifiers, '--as', 'vmlinux')).toMatchObject({
      errno: 40,
      errnoName: 'ELOOP',
      message: 'Max chain length or cycle detected',
    });
    expect(answer(modifiers, '--kernel', 'all')).toMatchObject({ accepted: false });
  });

  test('a string of 16 MB', () => {
    const named = (length: number) =>
      assemble({
        words: Uint32Array.of(1, infoOf(Kind.INT, 0, false), 4, 32, 1, infoOf(Kind.TYPEDEF, 0, false), 1),
        strings: Buffer.from(`\0${'n'.repeat(length)}\0`, 'latin1'),
      });
    const input = write('long', named((16 << 20) - 100));
    // What a message quotes of a name ends at 1,023 characters, and the problem with it is lost.
    const row = answer(input);
    expect(row).toMatchObject({ accepted: false, errno: 22, typeId: 2, offset: 40 });
    expect(row.message.length).toBeLessThan(1100);
    expect(answer(input, '--as', 'libbpf').accepted).toBe(true);
    expect(answer(input, '--log').log!.join('').length).toBeLessThan(3000);
    expect(answer(write('longer', named(20 << 20)), '--as', 'vmlinux')).toMatchObject({
      errno: 22,
      message: 'Invalid string section',
    });
  });
});
