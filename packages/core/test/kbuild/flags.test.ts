import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  designOf,
  encodedSince,
  FEATURE_FLAGS,
  FLAGS,
  flagRows,
  oldestPahole,
  paholeNumber,
  paholeText,
} from '@btfkit/core/kbuild';
import { describe, expect, test } from 'vitest';

const flags = (release: string, pahole: number, external = false) =>
  flagRows(release, pahole, external).flatMap(row => row.flags.split(' '));
const COMMON = 'encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func';

describe('what scripts of real trees pass', () => {
  // Each row: releases; from which pahole on, and to which one, which flags. Read off the scripts themselves.
  const rows: [releases: string[], flags: [from: number, to: number, flag: string][]][] = [
    [['5.12', '5.10.151'], []],
    [['5.13'], [[121, 999, '--btf_gen_floats']]],
    [
      ['5.14', '5.15', '5.15.65', '5.16', '5.17'],
      [
        [118, 121, '--skip_encoding_btf_vars'],
        [121, 999, '--btf_gen_floats'],
      ],
    ],
    [
      ['5.10.152', '5.15.66'],
      [
        [118, 121, '--skip_encoding_btf_vars'],
        [121, 999, '--btf_gen_floats'],
        [124, 999, '--skip_encoding_btf_enum64'],
      ],
    ],
    [
      ['5.18', '5.19', '5.19.7', '6.0', '6.1', '6.1.74'],
      [
        [118, 121, '--skip_encoding_btf_vars'],
        [121, 999, '--btf_gen_floats'],
        [122, 999, '-j'],
      ],
    ],
    [
      ['6.2', '6.4'],
      [
        [118, 121, '--skip_encoding_btf_vars'],
        [121, 999, '--btf_gen_floats'],
        [122, 999, '-j'],
        [124, 999, '--lang_exclude=rust'],
      ],
    ],
    [
      ['6.1.75', '6.5', '6.6.17', '6.9'],
      [
        [118, 121, '--skip_encoding_btf_vars'],
        [121, 999, '--btf_gen_floats'],
        [122, 999, '-j'],
        [124, 999, '--lang_exclude=rust'],
        [125, 999, '--skip_encoding_btf_inconsistent_proto'],
        [125, 999, '--btf_gen_optimized'],
      ],
    ],
  ];
  const cases = rows.flatMap(([releases, expected]) => releases.map(release => [release, expected] as const));
  test.each(cases)('%s', (release, expected) => {
    for (let pahole = 116; pahole <= 132; pahole++) {
      const wanted = expected
        .filter(([from, to]) => pahole >= from && pahole <= to)
        .map(([, , flag]) => flag);
      expect([pahole, ...flags(release, pahole).sort()]).toEqual([pahole, ...wanted.sort()]);
    }
  });

  test('features from 6.10 on', () => {
    expect(flags('6.10', 125)).toContain('--btf_gen_optimized');
    expect(flags('6.10', 126)).toEqual(['-j', `--btf_features=${COMMON}`, '--lang_exclude=rust']);
    expect(flags('6.12', 126, true)).toEqual([
      '-j',
      `--btf_features=${COMMON},decl_tag_kfuncs`,
      '--lang_exclude=rust',
      '--btf_features=distilled_base',
    ]);
    expect(flags('6.15', 127, true)).not.toContain('--btf_features=distilled_base');
    expect(flags('6.15', 128, true)).toContain('--btf_features=distilled_base');
    expect(flags('7.0', 130, true)).not.toContain('--btf_features=distilled_base');
    expect(flags('6.15', 130)).not.toContain('--btf_features=attributes');
    expect(flags('6.16', 130)).toContain('--btf_features=attributes');
    expect(flags('7.0', 131)).not.toContain('--btf_features=layout');
    expect(flags('7.1', 131)).toContain('--btf_features=layout');
    expect(flags('7.3', 131)).toEqual([
      '-j',
      `--btf_features=${COMMON}`,
      '--btf_features=layout',
      '--lang_exclude=rust',
    ]);
  });
});

/** A kernel's sources, for what its makefile says itself. */
const tree = process.env.BTFKIT_KERNEL_SOURCE ?? '';
const hasTree = existsSync(join(tree, 'scripts/Makefile.btf'));
/** What its Makefile says; a part of a tree says it by its name, "linux-source-6.12". */
function versionOf(folder: string): string {
  const { stdout } = spawnSync('make', ['-s', '-C', folder, 'kernelversion'], { encoding: 'utf8' });
  return /^\d+\.\d+/.test(stdout) ? stdout.trim() : (/(\d+\.\d+[\d.]*)\/?$/.exec(folder)?.[1] ?? '');
}
const version = hasTree ? versionOf(tree) : '';
test.skipIf(!hasTree)(
  'the makefile of BTFKIT_KERNEL_SOURCE (skipped: it names no sources from 6.10 on)',
  () => {
    expect(version).toMatch(/^\d+\.\d+/);
    const folder = mkdtempSync(join(tmpdir(), 'btfkit-flags-'));
    try {
      for (let pahole = oldestPahole(version)!; pahole <= 132; pahole++) {
        const lines = [
          'test-le = $(shell test $(1) -le $(2) && echo y)',
          'test-ge = $(shell test $(1) -ge $(2) && echo y)',
          `CONFIG_PAHOLE_VERSION := ${pahole}`,
          `CONFIG_PAHOLE_HAS_LANG_EXCLUDE := ${pahole >= 124 ? 'y' : ''}`,
          `include ${tree}/scripts/Makefile.btf`,
          'all:;@echo $(PAHOLE_FLAGS)',
        ];
        writeFileSync(join(folder, 'Makefile'), `${lines.join('\n')}\n`);
        const { stdout } = spawnSync('make', ['-s', '-C', folder], { encoding: 'utf8' });
        const sorted = (all: string[]) => [...new Set(all)].sort();
        expect([pahole, ...sorted(flags(version, pahole))]).toEqual([
          pahole,
          ...sorted(stdout.split(/\s+/).filter(Boolean)),
        ]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('the oldest pahole, and the script, of a release', () => {
  expect(['5.1', '5.2', '5.7', '6.19', '7.0', '7.2'].map(oldestPahole)).toEqual([
    undefined,
    113,
    116,
    116,
    122,
    122,
  ]);
  expect(
    ['5.1', '5.4', '5.15.65', '5.15.66', '5.16', '6.9', '6.10', '7.0'].map(r => designOf(r)?.script),
  ).toEqual([
    undefined,
    'scripts/link-vmlinux.sh',
    'scripts/link-vmlinux.sh',
    'scripts/pahole-flags.sh',
    'scripts/pahole-flags.sh',
    'scripts/pahole-flags.sh',
    'scripts/Makefile.btf',
    'scripts/Makefile.btf and scripts/gen-btf.sh',
  ]);
});

test('features agree with the flags of the build', () => {
  const since = (wanted: string) =>
    [...FLAGS, ...FEATURE_FLAGS].find(({ flags }) => flags.includes(wanted))!.kernel[0];
  expect(encodedSince.float).toEqual(since('--btf_gen_floats'));
  expect(encodedSince.optimized_func).toEqual(since('--btf_gen_optimized'));
  expect(encodedSince.decl_tag_kfuncs).toEqual(since('decl_tag_kfuncs'));
  expect(encodedSince.attributes).toEqual(since('attributes'));
  expect(encodedSince.layout).toEqual(since('layout'));
});

test('versions of pahole as people and kernels write them', () => {
  expect(['1.25', 'v1.25', '125', 'v1.9', '1', 'x', '1.25.1'].map(paholeNumber)).toEqual([
    125,
    125,
    125,
    109,
    undefined,
    undefined,
    undefined,
  ]);
  expect([109, 125, 131].map(paholeText)).toEqual(['1.9', '1.25', '1.31']);
});
