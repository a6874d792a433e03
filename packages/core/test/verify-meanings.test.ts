import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder, infoOf, Kind } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { Breach } from '../dist/verify/breach.js';
import {
  type Judgement,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  NEWEST_RELEASE,
  RELEASES,
  rulesOf,
} from '../dist/verify/index.js';
import { HEADER } from '../dist/verify/meanings/header.js';
import { MODULES } from '../dist/verify/meanings/modules.js';
import { RECORDS } from '../dist/verify/meanings/records.js';
import { REFERENCES } from '../dist/verify/meanings/references.js';
import { SILENT } from '../dist/verify/meanings/silent.js';
import { meaningOf } from '../dist/verify/meanings.js';

const UNSAID = 'The verifier gives no message for this.';
const said = { ...HEADER, ...RECORDS, ...REFERENCES, ...MODULES };

/** A problem with all that is filled in made equal. */
const outline = (problem: string) =>
  problem
    .replace(/\$\{[^}]*\}|%[uxs]/g, '1')
    .replace(/\d+/g, '1')
    .trim();

/** Problems have no full stop; meanings end with one. */
function expectMeaning(problem: string, meaning: string): void {
  expect(meaning, problem).toMatch(/[A-Za-z0-9)`"]\.$/);
  expect(meaning.length, problem).toBeLessThan(450);
}

describe('every rule in the sources has a meaning, and no meaning is left over', () => {
  const source = (path: string) => readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8');

  /** Outlines of texts that are no problems. */
  const OTHERS = [
    // Notes and lines of a module's judgement.
    'Linux 1 does not read its own BTF',
    'Linux 1 does not read the BTF of modules',
    'what the kernel makes of this is undefined, it reads out of bounds: 1',
    'type id 1 does not exist',
    'failed to validate module [1] BTF: -1',
    // Values of the rules.
    'of an int',
    'printable after the first',
    // A module always has a base to be relocated from.
    'does not stand on a distilled base',
  ];

  /** Outlines of all texts of more than one word in a file, but for what is only logged. */
  function textsIn(path: string): string[] {
    const code = source(path)
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^import[\s\S]*?;$|^export .* from .*;$/gm, '')
      .replace(/\.print\((?:[^()]|\([^()]*\))*\)/g, '')
      .replace(/` \+\s*`/g, '');
    const literals = code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
    return Array.from(literals, ([, single, double, template]) => single ?? double ?? template!)
      .map(text => outline(text.replaceAll('\\t', '')))
      .filter(text => text.includes(' '));
  }

  const refuses = /\b(?:refuse\w*|FieldError|Breach|breach|DistillError)\(/;
  const files = [
    ...readdirSync(new URL('../src/verify', import.meta.url)).filter(name => name.endsWith('.ts')),
  ]
    .map(name => `verify/${name}`)
    .concat('distill/match.ts', 'distill/relocate.ts')
    .filter(path => refuses.test(source(path)));

  test('by their outlines', () => {
    expect(files.length).toBeGreaterThan(10);
    const texts = files.flatMap(textsIn);
    expect(texts).toEqual(expect.arrayContaining(OTHERS));
    const rules = texts.filter(text => !OTHERS.includes(text));
    // Spelt as the release has it.
    for (const release of RELEASES) rules.push(rulesOf(release).texts.memberBeyond);
    const known = Object.keys({ ...said, ...SILENT });
    expect([...new Set(rules)].sort()).toEqual([...new Set(known.map(outline))].sort());
  });
});

describe('the meaning', () => {
  const of = (problem: string, kind: number = 0) => meaningOf(new Breach(22, problem, 1, 0, kind));

  test('of each problem, for each kind', () => {
    for (const problem of Object.keys({ ...said, ...SILENT })) {
      const filled = problem
        .replaceAll('%u', '12')
        .replaceAll('%x', 'ffffffff')
        .replaceAll('%s', 'a (b) [1] c');
      for (let kind = 0; kind < 128; kind++) {
        const meaning = of(filled, kind);
        expectMeaning(filled, meaning);
        expect(meaning.startsWith(`${filled}. `)).toBe(problem in SILENT);
        expect(meaning.endsWith(UNSAID)).toBe(problem in SILENT);
      }
    }
  });

  test('of a problem that nobody foresaw is the problem', () => {
    expect(of('Invalid weather')).toBe('Invalid weather');
    expect(of('')).toBe('');
    expect(of('meta_left:many meta_needed:12')).toBe('meta_left:many meta_needed:12');
  });

  test('goes by the kind where the words do not tell', () => {
    const differ = (problem: string, kinds: number[]) =>
      expect(new Set(kinds.map(kind => of(problem, kind))).size).toBe(kinds.length);
    differ('Invalid name', [
      Kind.TYPEDEF,
      Kind.PTR,
      Kind.VAR,
      Kind.DATASEC,
      Kind.STRUCT,
      Kind.ENUM,
      Kind.TYPE_TAG,
    ]);
    differ('Invalid type_id', [Kind.PTR, Kind.STRUCT, Kind.VAR, Kind.DATASEC, Kind.FUNC, Kind.DECL_TAG]);
    differ('Invalid btf_info kind_flag', [Kind.ENUM, Kind.TYPE_TAG, Kind.INT]);
    differ('[7] Invalid kind:19', [Kind.UNKN, Kind.FLOAT, Kind.ENUM64, Kind.LOCSEC, 23]);
    differ('Invalid arg#2', [Kind.FUNC, Kind.FUNC_PROTO]);
    differ('vlen != 0', [Kind.FUNC, Kind.INT]);
  });
});

interface Row {
  readonly kind: number;
  readonly name?: string;
  readonly vlen?: number;
  readonly kflag?: boolean;
  readonly third?: number;
  readonly words?: readonly number[];
}

/** A blob of records word by word, right or wrong. */
function blobOf(rows: readonly Row[]): Uint8Array {
  const builder = new BtfBuilder();
  for (const { kind, name = '', vlen = 0, kflag = false, third = 0, words = [] } of rows) {
    builder.add({ kind: 'UNKNOWN', name, info: infoOf(kind, vlen, kflag), sizeOrType: third, words });
  }
  return builder.build();
}

/** What is wrong, and in which release if not in all. */
type Case = readonly [problem: string, rows: readonly Row[], release?: string];

const int: Row = { kind: Kind.INT, name: 'int', third: 4, words: [0x01000020] };
const structOf = (...words: number[]): Row => ({
  kind: Kind.STRUCT,
  name: 's',
  vlen: words.length / 3,
  third: 4,
  words,
});
const sectionOf = (...words: number[]): Row => ({
  kind: Kind.DATASEC,
  name: '.data',
  vlen: words.length / 3,
  third: 8,
  words,
});
const variable: Row = { kind: Kind.VAR, name: 'v', third: 1, words: [1] };
const prototype: Row = { kind: Kind.FUNC_PROTO, vlen: 1, words: [0, 1] };
const lock: Row = { kind: Kind.STRUCT, name: 'bpf_spin_lock', third: 4 };
const resilient: Row = { kind: Kind.STRUCT, name: 'bpf_res_spin_lock', third: 4 };
const head: Row = { kind: Kind.STRUCT, name: 'bpf_list_head', third: 16 };
const holder = (size: number, ...words: number[]): Row => ({ ...structOf(...words), name: 'h', third: size });

const CASES: readonly Case[] = [
  ['Invalid kind:0', [{ kind: 0 }]],
  ['Invalid kind:21', [{ kind: Kind.LOC_PROTO }]],
  ['Invalid btf_info:2010000', [{ kind: Kind.PTR, vlen: 0x10000 }], '6.12'],
  ['meta_left:4 meta_needed:120', [{ kind: Kind.STRUCT, vlen: 10, third: 4, words: [0] }]],
  ['meta_left:4 meta_needed:12', [int, { kind: Kind.INT, third: 4, words: [32, 0] }]],
  ['Invalid name', [int, { kind: Kind.TYPEDEF, name: 'a::b', third: 1 }]],
  ['Invalid name', [int, { kind: Kind.TYPEDEF, name: 'a.b', third: 1 }], '6.3'],
  ['Invalid name', [{ ...int, kind: Kind.PTR, third: 0, words: [] }]],
  ['vlen != 0', [{ ...int, vlen: 1 }]],
  ['Invalid btf_info kind_flag', [{ ...int, kflag: true }]],
  ['Invalid btf_info kind_flag', [{ kind: Kind.ENUM, kflag: true, third: 4 }], '5.15'],
  ['Invalid btf_info kind_flag', [int, { kind: Kind.TYPE_TAG, name: 't', kflag: true, third: 1 }], '6.14'],
  ['Invalid int_data:80000020', [{ ...int, words: [0x80000020] }]],
  ['nr_bits exceeds 128', [{ ...int, words: [129] }]],
  ['nr_bits exceeds 64', [{ ...int, words: [65] }], '5.0'],
  ['nr_bits exceeds type_size', [{ ...int, words: [33] }]],
  ['Unsupported encoding', [{ ...int, words: [0x03000020] }]],
  ['type != 0', [{ kind: Kind.FWD, name: 'f', third: 1 }]],
  ['size != 0', [int, { kind: Kind.ARRAY, third: 1, words: [1, 1, 1] }]],
  ['Invalid elem', [int, { kind: Kind.ARRAY, words: [0, 1, 1] }]],
  ['Invalid index', [int, { kind: Kind.ARRAY, words: [1, 0, 1] }]],
  ['Array size overflows U32_MAX', [int, { kind: Kind.ARRAY, words: [1, 1, 0x40000000] }]],
  ['Invalid func linkage', [prototype, { kind: Kind.FUNC, name: 'f', vlen: 2, third: 1 }]],
  ['Linkage not supported', [int, { ...variable, words: [2] }]],
  ['Invalid type_size', [{ kind: Kind.FLOAT, name: 'f', third: 3 }]],
  ['Invalid value', [int, { kind: Kind.DECL_TAG, third: 1, words: [0] }]],
  ['Invalid component_idx', [structOf(), { kind: Kind.DECL_TAG, name: 't', third: 1, words: [0] }]],
  ['Unexpected size', [{ kind: Kind.ENUM, third: 3 }]],
  ['Expected size:4', [{ kind: Kind.ENUM, third: 8 }], '5.3'],
  ['Invalid member bits_offset', [int, structOf(0, 1, 8, 0, 1, 0)]],
  ['Member bits_offset exceeds its struct size', [int, structOf(0, 1, 64)]],
  ['Memmber bits_offset exceeds its struct size', [int, structOf(0, 1, 64)], '4.20'],
  ['Member exceeds struct_size', [int, structOf(0, 1, 8)]],
  ['Member is not byte aligned', [{ kind: Kind.PTR }, { ...structOf(0, 1, 1), third: 16 }]],
  ['Invalid member bitfield_size', [int, { ...structOf(0, 1, 33 * 2 ** 24), kflag: true }]],
  ['Invalid member', [{ kind: Kind.FWD, name: 'f' }, structOf(0, 1, 0)]],
  ['vlen == 0', [sectionOf()], '5.11'],
  ['size == 0', [int, variable, { ...sectionOf(2, 0, 4), third: 0 }]],
  ['Invalid offset', [int, variable, sectionOf(2, 0, 4, 2, 0, 4)]],
  ['Invalid size', [int, variable, sectionOf(2, 0, 0)]],
  ['Invalid offset+size', [int, variable, sectionOf(2, 6, 4)]],
  ['Not a VAR kind member', [int, sectionOf(1, 0, 4)]],
  ['Invalid return type', [{ kind: Kind.FUNC_PROTO, third: 5 }]],
  ['Invalid arg#1', [{ ...prototype, words: [0, 5] }]],
  ['Invalid arg#1', [int, { ...prototype, words: [0, 1] }, { kind: Kind.FUNC, name: 'f', third: 2 }]],
  ['Invalid type_id', [int, { kind: Kind.FUNC, name: 'f', third: 1 }]],
  ['Loop detected', [{ kind: Kind.CONST, third: 1 }]],
  [
    'Exceeded max resolving depth:32',
    [...Array.from({ length: 40 }, (_, i) => ({ kind: Kind.CONST, third: i + 2 })), int],
  ],
  [
    "Type tags don't precede modifiers",
    [int, { kind: Kind.TYPE_TAG, name: 't', third: 1 }, { kind: Kind.CONST, third: 2 }],
    '6.18',
  ],
  ['The struct has more than one bpf_spin_lock', [lock, holder(8, 0, 1, 0, 0, 1, 32)]],
  ['The struct has both kinds of lock', [lock, resilient, holder(8, 0, 1, 0, 0, 2, 32)]],
  ['bpf_list_head must have one tag contains:STRUCT:MEMBER', [head, holder(16, 0, 1, 0)]],
  [
    'bpf_list_head contains a struct that does not exist',
    [head, holder(16, 0, 1, 0), { kind: Kind.DECL_TAG, name: 'contains:x:y', third: 2, words: [0] }],
  ],
  [
    'The special field of the struct is not of its size or not aligned',
    [{ ...lock, third: 8 }, holder(8, 0, 1, 0)],
  ],
];

/** What is said has its meaning beside it, what is not said begins it. */
function expectRefused({ accepted, message, meaning }: Judgement, problem: string): void {
  expect(accepted).toBe(false);
  expectMeaning(problem, meaning);
  if (meaning.endsWith(UNSAID)) expect(meaning.startsWith(`${problem}. `), meaning).toBe(true);
  else expect(message.endsWith(problem), message).toBe(true);
}

const newest = { rules: rulesOf(NEWEST_RELEASE), littleEndian: true };

describe('blobs that are refused', () => {
  for (const [problem, rows, release = NEWEST_RELEASE] of CASES) {
    test(`${problem}, by Linux ${release}`, () => {
      expectRefused(judgeProgram(blobOf(rows), { ...newest, rules: rulesOf(release) }), problem);
    });
  }

  /** Sets 32 bits of the header. */
  const set = (offset: number, value: number) => (bytes: Uint8Array) => {
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  const HEADERS: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['hdr_len not found', bytes => bytes.slice(0, 7)],
    ['btf_header not found', bytes => bytes.slice(0, 23)],
    ['Unsupported btf_header', set(4, 36)],
    ['Invalid magic', set(0, 0x01009feb)],
    ['Unsupported version', set(0, 0x0002eb9f)],
    ['Unsupported flags', set(0, 0x0101eb9f)],
    ['No data', bytes => bytes.slice(0, 24)],
    ['Invalid section offset', set(16, 1000)],
    ['Section overlap found', set(16, 0)],
    ['Total section length too long', bytes => bytes.slice(0, -1)],
    ['Unsupported section found', bytes => Uint8Array.of(...bytes, 0)],
    ['Invalid string section', bytes => bytes.with(-1, 1)],
  ];
  test.each(HEADERS)('%s', (problem, change) => {
    expectRefused(judgeProgram(change(blobOf([int])), newest), problem);
  });

  test('a blob that is too large', () => {
    expectRefused(judgeProgram(new Uint8Array(2 ** 24 + 1), newest), 'The blob is larger than 16 MB');
  });

  test('modules on a kernel that is refused, or lacks a type', () => {
    const kernel = judgeVmlinux(blobOf([{ ...int, name: 'other' }]), newest);
    const base = blobOf([int]);
    const split = new BtfBuilder({ base: Btf.parse(base) });
    split.add({ kind: 'PTR', name: '', type: 1 });
    const module = { btf: split.build(), base };
    expectRefused(
      judgeModule(module, kernel, newest),
      "distilled base BTF type 'int' [1] is not mapped to base BTF id",
    );
    const refused = judgeVmlinux(blobOf([{ kind: 0 }]), newest);
    const { accepted, meaning } = judgeModule(module, refused, newest);
    expect(accepted).toBe(false);
    expect(meaning).toContain('at boot');
  });
});

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const corpus = `${shared}/corpus/verify`;

describe.skipIf(!existsSync(corpus))(`recorded cases (skipped where ${corpus} is missing)`, () => {
  test('each refusal has a meaning that is not the message', () => {
    const { cases } = JSON.parse(readFileSync(`${corpus}/expected.json`, 'utf8'));
    const meanings = new Set<string>();
    for (const { file } of cases) {
      const bytes = new Uint8Array(readFileSync(`${corpus}/${file}`));
      for (const release of ['4.18', '5.15', '6.18', NEWEST_RELEASE]) {
        const rules = rulesOf(release);
        const { accepted, message, meaning } = judgeProgram(bytes, { ...newest, rules });
        if (accepted) continue;
        expectMeaning(message, meaning);
        meanings.add(meaning);
      }
    }
    expect(cases.length).toBeGreaterThan(1000);
    expect(meanings.size).toBeGreaterThan(80);
  });
});
