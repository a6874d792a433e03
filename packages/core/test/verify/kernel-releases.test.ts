import { BtfBuilder, builtinLayout, infoOf, Kind } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import {
  CHANGES,
  judgeProgram,
  RELEASES,
  releaseGroups,
  releaseOf,
  rulesOf,
} from '../../dist/verify/index.js';

// Each difference between releases, seen in a blob that it makes a difference to.

interface Row {
  readonly kind: number;
  readonly name?: string;
  readonly vlen?: number;
  readonly kflag?: boolean;
  readonly third?: number;
  readonly words?: readonly number[];
}

function blobOf(rows: readonly Row[], options = {}): Uint8Array {
  const builder = new BtfBuilder(options);
  for (const { kind, name = '', vlen = 0, kflag = false, third = 0, words = [] } of rows) {
    builder.add({ kind: 'UNKNOWN', name, info: infoOf(kind, vlen, kflag), sizeOrType: third, words });
  }
  return builder.build();
}

const { TYPEDEF, CONST, PTR, FUNC, FUNC_PROTO, ENUM, VAR, DATASEC, DECL_TAG, TYPE_TAG, ARRAY } = Kind;
const int: Row = { kind: Kind.INT, name: 'int', third: 4, words: [0x01000020] };
const struct = (name: string, size: number, ...members: [type: number, bits: number][]): Row => ({
  kind: Kind.STRUCT,
  name,
  vlen: members.length,
  third: size,
  words: members.flatMap(([type, bits]) => [0, type, bits]),
});
const variable = (name: string, type: number): Row => ({ kind: VAR, name, third: type, words: [1] });
const section = (name: string, size: number, ...types: number[]): Row => ({
  kind: DATASEC,
  name,
  vlen: types.length,
  third: size,
  words: types.flatMap((type, i) => [type, 8 * i, 8]),
});
const tag = (name: string, type: number, kflag = false): Row => ({
  kind: TYPE_TAG,
  name,
  third: type,
  kflag,
});
const pointer = (type: number): Row => ({ kind: PTR, third: type });
const array = (element: number, count: number): Row => ({ kind: ARRAY, words: [element, 1, count] });

const lock = struct('bpf_spin_lock', 4);
const node = struct('bpf_list_node', 24);

/** A lock, a list and what is in it; the tag that says so, so many times. */
const list = (tags: number): Row[] => [
  lock,
  struct('bpf_list_head', 16),
  node,
  { ...struct('value', 24, [3, 0]), words: [1, 3, 0] },
  struct('holder', 24, [1, 0], [2, 64]),
  ...Array.from({ length: tags }, () => ({
    kind: DECL_TAG,
    name: 'contains:value:bpf_spin_lock',
    third: 5,
    words: [1],
  })),
];

/** References from each struct to the next, the last to one without. */
const owners = (depth: number): Row[] =>
  Array.from({ length: depth }, (_, i) => [
    tag('kptr', 3 * i + 6),
    pointer(3 * i + 1),
    struct(`s${i}`, 8, [3 * i + 2, 0]),
  ])
    .flat()
    .concat([int, int, struct('last', 8)]);

const OK = 'accepted';

/** What is said before the release, and from it on: the end of the message or, where nothing is said, the errno. */
type Case = readonly [since: string, what: string, rows: readonly Row[], before: string, after: string];

const CASES: readonly Case[] = [
  ['4.20', 'names', [int, { kind: TYPEDEF, name: 'a-b', third: 1 }], OK, 'Invalid name'],
  ['5.0', 'FUNC_PROTO', [int, { kind: FUNC_PROTO, third: 1 }], '[2] Invalid kind:13', OK],
  ['5.0', 'kflag', [{ ...struct('s', 4), kflag: true }], '[1] Invalid btf_info:84000000', OK],
  ['5.1', 'INT of 128 bits', [{ ...int, third: 16, words: [128] }], 'nr_bits exceeds 64', OK],
  ['5.2', 'VAR', [int, variable('v', 1)], '[2] Invalid kind:14', OK],
  ['5.4', 'long strings', [int, { ...int, name: 'n'.repeat(70_000) }], 'Invalid string section', OK],
  ['5.4', 'ENUM of 8 bytes', [{ kind: ENUM, name: 'e', third: 8 }], 'Expected size:4', OK],
  [
    '5.6',
    'linkage of a FUNC',
    [{ kind: FUNC_PROTO }, { kind: FUNC, name: 'f', vlen: 1, third: 1 }],
    'vlen != 0',
    OK,
  ],
  [
    '5.6',
    'ENUM of a byte in a struct of a byte',
    [{ kind: ENUM, name: 'e', third: 1 }, struct('s', 1, [1, 0])],
    'Member exceeds struct_size',
    OK,
  ],
  ['5.12', 'DATASEC without variables', [section('.data', 4)], 'vlen == 0', OK],
  ['5.13', 'FLOAT', [{ kind: Kind.FLOAT, name: 'f', third: 8 }], '[1] Invalid btf_info:10000000', OK],
  ['5.16', 'DECL_TAG', [struct('s', 4), declTag(1, -1)], '[2] Invalid kind:17', OK],
  ['5.17', 'TYPE_TAG', [int, tag('t', 1)], '[2] Invalid kind:18', OK],
  [
    '5.18',
    'a tag of a FUNC of no prototype',
    [declTag(2, 0), { kind: FUNC, name: 'f', third: 3 }, int],
    'Invalid component_idx',
    '[2] FUNC f type_id=3 Invalid type_id',
  ],
  [
    '5.19',
    'order of tags',
    [int, tag('t', 1), { kind: CONST, third: 2 }],
    OK,
    "Type tags don't precede modifiers",
  ],
  ['6.0', 'ENUM64', [{ kind: Kind.ENUM64, name: 'e', third: 8 }], '[1] Invalid kind:19', OK],
  [
    '6.0',
    'signed ENUM',
    [{ kind: ENUM, name: 'e', third: 4, kflag: true }],
    'Invalid btf_info kind_flag',
    OK,
  ],
  ['6.1', 'a name of 200', [int, { kind: TYPEDEF, name: 'n'.repeat(200), third: 1 }], 'Invalid name', OK],
  ['6.1', 'VAR returned', [int, variable('v', 1), { kind: FUNC_PROTO, third: 2 }], OK, 'Invalid return type'],
  [
    '6.2',
    'VAR taken',
    [int, variable('v', 1), { kind: FUNC_PROTO, vlen: 1, words: [0, 2] }],
    OK,
    'Invalid arg#1',
  ],
  ['6.2', 'two locks', [lock, struct('h', 8, [1, 0], [1, 32])], OK, 'errno 7'],
  ['6.3', 'a tree of nothing', [struct('bpf_rb_root', 16), struct('h', 16, [1, 0])], OK, 'errno 22'],
  [
    '6.3',
    'a variable behind a pointer',
    [
      section('.data', 16, 2, 3),
      variable('a', 4),
      variable('b', 5),
      pointer(6),
      { kind: CONST, third: 6 },
      int,
    ],
    'Invalid type',
    OK,
  ],
  ['6.4', 'a dot', [int, { kind: TYPEDEF, name: 'a.b', third: 1 }], 'Invalid name', OK],
  ['6.4', 'bpf_refcount', [struct('bpf_refcount', 8), struct('h', 8, [1, 0])], OK, 'errno 14'],
  ['6.6', 'small nodes', [struct('bpf_list_node', 16), struct('h', 16, [1, 0])], OK, 'errno 14'],
  ['6.6', 'large nodes', [node, struct('h', 24, [1, 0])], 'errno 14', OK],
  ['6.9', 'a blank in the name of a section', [section('a b', 4)], 'Invalid name', OK],
  [
    '6.10',
    '11 special fields',
    [node, struct('h', 264, ...Array.from({ length: 11 }, (_, i): [number, number] => [1, 192 * i]))],
    'errno 7',
    OK,
  ],
  ['6.11', 'the first byte of a section', [section('\x01a', 4)], OK, 'Invalid name'],
  [
    '6.11',
    'an array of nodes beside a lock',
    [int, lock, node, array(3, 2), struct('h', 56, [2, 0], [4, 64])],
    OK,
    'errno 22',
  ],
  [
    '6.12',
    'kptr to a scalar',
    [int, tag('kptr', 1), pointer(2), lock, struct('h', 16, [4, 0], [3, 64])],
    OK,
    'errno 22',
  ],
  [
    '6.12',
    'an array of more nodes than there is room for',
    [int, lock, node, array(3, 20), struct('h', 488, [2, 0], [4, 64])],
    'errno 7',
    'errno 22',
  ],
  [
    '6.13',
    'uptr beside a lock',
    [lock, struct('s', 8), tag('uptr', 2), pointer(3), struct('h', 16, [1, 0], [4, 64])],
    'errno 22',
    OK,
  ],
  ['6.15', 'kflag of a tag', [int, tag('t', 1, true)], 'Invalid btf_info kind_flag', OK],
  [
    '6.15',
    'both kinds of lock',
    [lock, struct('bpf_res_spin_lock', 4), struct('h', 16, [1, 0], [2, 32])],
    OK,
    'errno 22',
  ],
  [
    '7.2',
    'a vlen of 65,536',
    [{ ...struct('s', 4), vlen: 0x10000 }],
    '[1] Invalid btf_info:4010000',
    'meta_left:0 meta_needed:786432',
  ],
  [
    '7.2',
    'a tag behind const',
    [int, { kind: CONST, third: 3 }, tag('t', 1), { kind: CONST, third: 3 }],
    "Type tags don't precede modifiers",
    OK,
  ],
  [
    '7.2',
    'kptr behind const',
    [int, tag('kptr', 1), { kind: CONST, third: 2 }, pointer(3), lock, struct('h', 16, [5, 0], [4, 64])],
    "Type tags don't precede modifiers",
    'errno 22',
  ],
  [
    '7.2',
    'a lock in the struct and in one within',
    [lock, struct('inner', 4, [1, 0]), struct('outer', 8, [1, 0], [2, 32])],
    OK,
    'errno 7',
  ],
  ['7.3', 'structs that own each other', owners(9), OK, 'errno 40'],
];

function declTag(type: number, component: number): Row {
  return { kind: DECL_TAG, name: 't', third: type, words: [component >>> 0] };
}

function answer(blob: Uint8Array, release: string): string {
  const { accepted, errno, message, meaning } = judgeProgram(blob, {
    rules: rulesOf(release),
    littleEndian: true,
  });
  if (accepted) return OK;
  return meaning.endsWith('The verifier gives no message for this.') ? `errno ${errno}` : message;
}

/** The end of a message, or all of it. */
const endsWith = (text: string) => expect.stringMatching(new RegExp(`(^|\\W)${quoted(text)}$`));
const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const releaseBefore = (release: string) => RELEASES[RELEASES.indexOf(release) - 1]!;

describe('what a release changed', () => {
  test.each(CASES)('%s: %s', (since, _what, rows, before, after) => {
    const blob = blobOf(rows);
    expect([answer(blob, releaseBefore(since)), answer(blob, since)]).toEqual([
      endsWith(before),
      endsWith(after),
    ]);
  });

  test('7.1: a layout section', () => {
    const blob = blobOf([int], { layout: builtinLayout(20) });
    expect(answer(blob, '7.0')).toBe('Unsupported btf_header');
    expect(answer(blob, '7.1')).toBe(OK);
  });

  test('6.7: a list that says twice what it contains', () => {
    const blob = blobOf(list(2));
    expect([answer(blob, '6.6'), answer(blob, '6.7')]).toEqual([OK, 'errno 22']);
    expect(answer(blobOf(list(1)), '6.7')).toBe(OK);
  });

  test('of those in the table no release is missing here', () => {
    // What concerns modules and vmlinux is in kernel-modules.test.ts.
    const known = new Set([...CASES.map(([since]) => since), '5.5', '5.11', '6.7', '7.1']);
    expect(CHANGES.map(({ since }) => since).filter(since => !known.has(since))).toEqual([]);
  });

  test('and what did not change keeps its answer', () => {
    for (const { releases, rules } of releaseGroups()) {
      expect(rules.release).toBe(releases[0]);
      for (const release of releases)
        expect({ ...rulesOf(release), release: '' }).toEqual({ ...rules, release: '' });
    }
    expect(releaseGroups().flatMap(({ releases }) => releases)).toEqual(RELEASES);
  });
});

test('versions', () => {
  expect(['4.18', 'v5.15.12', '6.12.117+deb12-cloud-amd64', '6.1-rc3', '99.0'].map(releaseOf)).toEqual([
    '4.18',
    '5.15',
    '6.12',
    '6.1',
    RELEASES.at(-1),
  ]);
  expect(['4.17', '2.6.32', '5', '5.20', '', 'x6.1', '6.1000000'].map(releaseOf)).toEqual(
    Array(7).fill(undefined),
  );
});
