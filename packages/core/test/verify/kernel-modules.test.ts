import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder, type BtfType, infoOf, Kind, type VoidType } from '@btfkit/core/btf';
import { distill } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import {
  type JudgedVmlinux,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  rulesOf,
  validationLine,
} from '../../dist/verify/index.js';

type Type = Exclude<BtfType, VoidType>;

const by = (release: string) => ({ rules: rulesOf(release), littleEndian: true });

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const struct = (name: string, size: number, ...types: number[]): Type => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: false,
  members: types.map(type => ({ name: 'm', type, bitOffset: 0, bitfieldSize: 0 })),
});
const pointer = (type: number): Type => ({ kind: 'PTR', name: '', type });

function blobOf(types: readonly Type[], base?: Btf): Uint8Array {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.build();
}

/** A header and what follows it, types and strings as they are said to be. */
function rawBlob(words: readonly number[], strings: string): Uint8Array {
  const bytes = new Uint8Array(24 + 4 * words.length + strings.length);
  const view = new DataView(bytes.buffer);
  [0x0001eb9f, 24, 0, 4 * words.length, 4 * words.length, strings.length, ...words].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  bytes.set(Buffer.from(strings, 'latin1'), 24 + 4 * words.length);
  return bytes;
}

const vmlinuxBytes = blobOf([int, struct('task', 8, 1), { kind: 'TYPEDEF', name: 'u32', type: 1 }]);
const vmlinuxBtf = Btf.parse(vmlinuxBytes);
const NAME_OF_INT = 1;
const vmlinux = judgeVmlinux(vmlinuxBytes, by('6.12'));

const accepted = { accepted: true, errno: 0, message: '', typeId: null, offset: null, log: [], notes: [] };
const judge = (btf: Uint8Array, base?: Uint8Array, on: JudgedVmlinux = vmlinux) =>
  judgeModule({ btf, base }, on, by('6.12'));

test("a kernel's own BTF", () => {
  expect(vmlinux).toMatchObject(accepted);
  expect(vmlinux.btf?.endId).toBe(4);
});

describe('a module', () => {
  test('is its types on those of the kernel', () => {
    expect(judge(blobOf([pointer(2), struct('mine', 8, 4)], vmlinuxBtf))).toMatchObject(accepted);
  });

  test('may be a header and nothing else, which a program may not', () => {
    const bare = rawBlob([], '');
    expect(judge(bare)).toMatchObject(accepted);
    expect(judgeProgram(bare, by('6.12'))).toMatchObject({ accepted: false, message: 'No data' });
    expect(judgeVmlinux(bare, by('6.12'))).toMatchObject({ accepted: false, message: 'No data' });
  });

  test('needs no strings of its own, nor an empty one in front of them', () => {
    expect(judge(rawBlob([0, infoOf(Kind.PTR, 0, false), 1], ''))).toMatchObject(accepted);
    const typedef = [NAME_OF_INT, infoOf(Kind.TYPEDEF, 0, false), 1];
    expect(judge(rawBlob(typedef, ''))).toMatchObject(accepted);
    expect(judge(rawBlob(typedef, 'x\0'))).toMatchObject(accepted);
    expect(judge(rawBlob(typedef, 'x'))).toMatchObject({
      errno: 22,
      message: 'Invalid string section',
      offset: 20,
    });
    expect(judgeVmlinux(rawBlob(typedef, 'x\0'), by('6.12'))).toMatchObject({
      errno: 22,
      message: 'Invalid string section',
      offset: 36,
    });
  });

  test('may have no types, which a program must', () => {
    expect(judge(rawBlob([], '\0'))).toMatchObject(accepted);
    expect(judgeVmlinux(rawBlob([], '\0'), by('6.12'))).toMatchObject(accepted);
    expect(judgeProgram(rawBlob([], '\0'), by('6.12'))).toMatchObject({ message: 'No type found' });
  });

  test('is judged by its records alone: references are only numbers', () => {
    const loop = blobOf([struct('a', 4, 4), pointer(0xfffff)], vmlinuxBtf);
    expect(judge(loop)).toMatchObject(accepted);
    const alone = blobOf([struct('a', 4, 1), pointer(0xfffff)]);
    expect(judgeVmlinux(alone, by('6.12'))).toMatchObject(accepted);
    expect(judgeProgram(alone, by('6.12'))).toMatchObject({
      errno: 17,
      message: '[1] STRUCT a size=4 vlen=1 Loop detected',
    });
    expect(judge(blobOf([pointer(0x100000)], vmlinuxBtf))).toMatchObject({
      message: 'Invalid type_id',
      typeId: 4,
      offset: 32,
    });
  });

  test('but chains of modifiers are walked', () => {
    const constant = (type: number): Type => ({ kind: 'CONST', name: '', type });
    expect(judge(blobOf([constant(4)], vmlinuxBtf))).toMatchObject({
      errno: 40,
      message: 'Max chain length or cycle detected',
      typeId: 4,
    });
    // Without a word.
    expect(judge(blobOf([constant(5)], vmlinuxBtf))).toMatchObject({
      errno: 22,
      message: '',
      log: [],
      typeId: 4,
      offset: 32,
    });
    const tag: Type = { kind: 'TYPE_TAG', name: 'user', type: 1, attribute: false };
    const tagged = blobOf([tag, constant(4)], vmlinuxBtf);
    expect(judge(tagged)).toMatchObject({ errno: 22, message: "Type tags don't precede modifiers" });
    // One release after another takes them, knows no such order yet, knows no tags.
    const answer = (release: string) => {
      const { errno, message } = judgeModule({ btf: tagged }, vmlinux, by(release));
      return { errno, message };
    };
    expect(answer('7.2').errno).toBe(0);
    expect(answer('5.18').errno).toBe(0);
    expect(answer('5.16')).toEqual({ errno: 22, message: '[4] Invalid kind:18' });
  });

  test('counts ids and names on from those of the kernel', () => {
    const bad = blobOf([pointer(1), { kind: 'TYPEDEF', name: 'a-b', type: 1 }], vmlinuxBtf);
    expect(judge(bad)).toMatchObject({ errno: 22, message: 'Invalid name', typeId: 5, offset: 24 + 12 });
    const beyond = vmlinuxBtf.strings.end + 1;
    expect(judge(rawBlob([beyond, infoOf(Kind.PTR, 0, false), 1], '\0'))).toMatchObject({
      message: `[4] Invalid name_offset:${beyond}`,
      typeId: 4,
      offset: 24,
    });
  });
});

describe('dmesg', () => {
  const bad = blobOf([{ kind: 'TYPEDEF', name: 'a-b', type: 1 }], vmlinuxBtf);
  const logOf = (btf: Uint8Array, release: string) => judgeModule({ btf }, vmlinux, by(release)).log;

  test('has a line for each print', () => {
    const pieces = ['[4] TYPEDEF a-b ', 'type_id=1', ' ', 'Invalid name', ''];
    expect(logOf(bad, '6.12')).toEqual(pieces.map(piece => `BPF: ${piece}`));
    expect(logOf(bad, '5.17')).toEqual(pieces.map(piece => `BPF: ${piece}`));
    expect(logOf(bad, '5.16')).toEqual(pieces.map(piece => `BPF:${piece}`));
  });

  test('of a prototype has one for each parameter', () => {
    const params = [
      { name: 'a', type: 1 },
      { name: '', type: 1 },
      { name: '', type: 0 },
    ];
    const prototype = blobOf([{ kind: 'FUNC_PROTO', name: 'f', returns: 0, params }], vmlinuxBtf);
    expect(logOf(prototype, '6.12')).toEqual(
      [
        '[4] FUNC_PROTO f ',
        'return=0 args=(',
        '1 a',
        ', 1 (anon)',
        ', vararg',
        ')',
        ' ',
        'Invalid name',
        '',
      ].map(piece => `BPF: ${piece}`),
    );
  });

  test('of a member has the member', () => {
    expect(logOf(blobOf([struct('s', 4, 0)], vmlinuxBtf), '6.12')).toEqual(
      ['\tm type_id=0 bits_offset=0', ' ', 'Invalid type_id', ''].map(piece => `BPF: ${piece}`),
    );
  });

  test('ends with the line of the module loader', () => {
    expect(validationLine('m_kfunc', 524)).toBe('failed to validate module [m_kfunc] BTF: -524');
  });
});

describe('a module with .BTF.base', () => {
  const mine = Btf.parse(blobOf([struct('mine', 16, 2), pointer(1)], vmlinuxBtf), { base: vmlinuxBtf });
  const made = distill(mine);
  const badBase = made.base.with(2, 9);
  const badSplit = made.split.with(0, 0);

  test('is moved onto the kernel', () => {
    expect(judge(made.split, made.base)).toMatchObject(accepted);
    const shuffled = blobOf([pointer(0), struct('task', 8, 3), int]);
    expect(judge(made.split, made.base, judgeVmlinux(shuffled, by('6.12')))).toMatchObject(accepted);
  });

  test('is refused for its base first, then for itself, then for what it cannot be moved onto', () => {
    const other = judgeVmlinux(blobOf([int]), by('6.12'));
    expect(judge(badSplit, badBase, other)).toMatchObject({ errno: 524, message: 'Unsupported version' });
    expect(judge(badSplit, made.base, other)).toMatchObject({ errno: 22, message: 'Invalid magic' });
    const problem = "distilled base BTF type 'task' [2] is not mapped to base BTF id";
    expect(judge(made.split, made.base, other)).toMatchObject({
      accepted: false,
      errno: 22,
      message: problem,
      typeId: 2,
      offset: null,
      log: [problem],
    });
  });

  test('is refused where the kernel has a type twice, or what stands in the base cannot stand there', () => {
    const ints = Btf.parse(blobOf([int]));
    const onInt = blobOf([pointer(1)], ints);
    const twice = judgeVmlinux(blobOf([int, int]), by('6.12'));
    expect(judge(onInt, ints.bytes, twice)).toMatchObject({
      errno: 22,
      message:
        "distilled base BTF type 'int' [1], size 4 has multiple candidates of the same size (ids [2, 1]) in base BTF",
    });
    expect(judge(onInt, blobOf([pointer(0)]))).toMatchObject({
      errno: 22,
      message: 'type [1] in distilled based BTF has unexpected kind [2]',
    });
    expect(judge(onInt, blobOf([struct('', 4)]))).toMatchObject({
      errno: 22,
      message: 'type [1], kind [4] is invalid for distilled base BTF; it is anonymous',
    });
  });

  // Fails as long as judgeModule does not look at the ids of what it relocates.
  test('is not told an answer where the kernel reads out of bounds', () => {
    const beyond = blobOf([pointer(70_000)], Btf.parse(made.base));
    const { notes } = judge(beyond, made.base);
    expect(notes).toEqual([expect.stringMatching(/undefined, it reads out of bounds: .*70000/)]);
  });

  test('stood on vmlinux itself before 6.11, for better or worse', () => {
    const answer = (btf: Uint8Array, base: Uint8Array, release: string) =>
      judgeModule({ btf, base }, judgeVmlinux(vmlinuxBytes, by(release)), by(release));
    expect(answer(mine.bytes, badBase, '6.10')).toMatchObject(accepted);
    expect(answer(mine.bytes, badBase, '6.11').message).toBe('Unsupported version');
    // Offsets of names that fit the distilled base do not fit another.
    expect(answer(made.split, made.base, '6.10')).toMatchObject({
      errno: 22,
      message: 'Invalid name',
      typeId: 4,
    });
    expect(answer(made.split, made.base, '6.11')).toMatchObject(accepted);
  });
});

describe('the kernel under it', () => {
  const split = blobOf([pointer(1)], vmlinuxBtf);

  test('takes all modules with it when it is refused', () => {
    const refused = judgeVmlinux(vmlinuxBytes.with(2, 2), by('6.12'));
    expect(refused).toMatchObject({ accepted: false, errno: 524, log: ['BPF: Unsupported version'] });
    expect(refused.btf).toBeUndefined();
    for (const btf of [split, rawBlob([], ''), Uint8Array.of(1, 2, 3)]) {
      const answer = judge(btf, undefined, refused);
      expect(answer).toMatchObject({ accepted: false, errno: 524, message: '', log: [] });
      expect(answer.meaning).toContain('its own BTF');
    }
  });

  test('reads no BTF of modules before 5.11, and none of its own before 5.5', () => {
    const nonsense = Uint8Array.of(1, 2, 3);
    const old = judgeVmlinux(vmlinuxBytes, by('5.10'));
    expect(judgeModule({ btf: nonsense }, old, by('5.10'))).toMatchObject({
      accepted: true,
      notes: ['Linux 5.10 does not read the BTF of modules'],
    });
    const first = judgeVmlinux(vmlinuxBytes, by('5.11'));
    expect(judgeModule({ btf: nonsense }, first, by('5.11')).accepted).toBe(false);
    expect(judgeModule({ btf: split }, first, by('5.11')).accepted).toBe(true);
    expect(judgeVmlinux(nonsense, by('5.4'))).toMatchObject({
      accepted: true,
      notes: ['Linux 5.4 does not read its own BTF'],
    });
    expect(judgeVmlinux(nonsense, by('5.5')).accepted).toBe(false);
  });

  test('is of one byte order', () => {
    const big = { rules: rulesOf('6.12'), littleEndian: false };
    expect(judgeVmlinux(vmlinuxBytes, big)).toMatchObject({
      accepted: false,
      message: 'btf_header not found',
    });
    const builder = new BtfBuilder({ littleEndian: false });
    builder.add(int);
    const own = judgeVmlinux(builder.build(), big);
    expect(own.accepted).toBe(true);
    const upper = new BtfBuilder({ base: Btf.parse(builder.build()), littleEndian: false });
    upper.add(pointer(1));
    expect(judgeModule({ btf: upper.build() }, own, big)).toMatchObject(accepted);
    expect(judgeModule({ btf: split }, own, big).accepted).toBe(false);
  });
});

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const cases = `${shared}/oracle/cases`;

describe.skipIf(!existsSync(cases))(`modules given to a 6.12 (skipped where ${cases} is missing)`, () => {
  interface Expected {
    readonly load?: { readonly errno: number };
    readonly nondeterministic?: unknown;
    readonly vmlinux_btf: string;
    readonly kernel_options: string;
    readonly dmesg_btf: readonly string[];
  }
  const read = (path: string) => (existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined);
  const kernels = new Map<string, JudgedVmlinux>();

  function kernelAt(path: string): JudgedVmlinux {
    const judged = kernels.get(path) ?? judgeVmlinux(read(path)!, by('6.12'));
    kernels.set(path, judged);
    return judged;
  }

  test('errno and dmesg', () => {
    let refused = 0;
    let compared = 0;
    for (const name of readdirSync(cases)) {
      const folder = `${cases}/${name}`;
      const expected: Expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'));
      const btf = read(`${folder}/module.btf`);
      const { load, dmesg_btf: dmesg, kernel_options: configuration } = expected;
      // ENOEXEC comes before the BTF is looked at; without BTF nothing is.
      if (expected.nondeterministic || !load || load.errno === 8 || !btf?.length) continue;
      const { errno, log } = judgeModule(
        { btf, base: read(`${folder}/module.btf.base`) },
        kernelAt(`${folder}/${expected.vmlinux_btf}`),
        by('6.12'),
      );
      compared++;
      const failure = dmesg.find(line => line.startsWith('failed to validate module'));
      if (failure !== undefined) refused++;
      const said = dmesg.filter(line => line.startsWith('BPF:') || line.includes('distilled'));
      // With this option most lines are muted and the module loads without BTF.
      if (configuration.includes('MODULE_ALLOW_BTF_MISMATCH=y')) continue;
      const ended = errno === 0 ? undefined : `BTF: -${errno}`;
      expect({ name, ended: failure?.slice(failure.indexOf('BTF: ')), log }).toEqual({
        name,
        ended,
        log: said,
      });
    }
    expect(compared).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(25);
  });
});
