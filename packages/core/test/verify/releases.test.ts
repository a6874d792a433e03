import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { CHANGES, FIRST } from '../../dist/verify/changes.js';
import {
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  NEWEST_RELEASE,
  RELEASES,
  releaseGroups,
  releaseOf,
  rulesOf,
} from '../../dist/verify/index.js';
import { compareReleases } from '../../dist/verify/releases.js';
import { programs } from './release-cases.mjs';

const optionsOf = (release: string) => ({ rules: rulesOf(release), littleEndian: true });
const previous = (release: string) => RELEASES[RELEASES.indexOf(release) - 1]!;

function answer(bytes: Uint8Array, release: string): string {
  const { errno, message } = judgeProgram(bytes, optionsOf(release));
  return errno === 0 ? '0' : `${errno} ${message}`;
}

/** Names of rules with other values, those of what is searched in structs after "fields.". */
function differences(before: object, after: object): string[] {
  const old = before as Record<string, unknown>;
  return Object.entries(after).flatMap(([name, value]) => {
    if (name === 'fields' && old[name] !== null) {
      return differences(old[name] as object, value).map(field => `fields.${field}`);
    }
    return old[name] === value ? [] : [name];
  });
}

/** Of each row of the table: the release and what is other from there on. */
function changes(): string[] {
  const rows = [...CHANGES].sort((a, b) => compareReleases(a.since, b.since));
  let rules: object = FIRST;
  return rows.map(row => {
    const changed = differences(rules, row.rules);
    rules = { ...rules, ...row.rules };
    return [row.since, ...changed].join(' ');
  });
}

/** What changes for kernels' own BTF only. */
const KERNELS_OWN = ['5.5 vmlinux', '5.11 modules', '6.11 distilledBase'];

describe('each change makes the difference that it claims', () => {
  test('there is a blob for each, and none for others', () => {
    const asked = new Set([...programs.map(({ change }) => change), ...KERNELS_OWN]);
    expect([...asked].sort()).toEqual(changes().sort());
  });

  test.each(programs.map((program, number) => ({ ...program, number })))('$number: $change', program => {
    const { change, before, after, bytes } = program;
    const [release] = change.split(' ');
    expect(before).not.toBe(after);
    expect(answer(bytes, previous(release!))).toBe(before);
    expect(answer(bytes, release!)).toBe(after);
  });

  const empty = new BtfBuilder().build();
  const noName = new BtfBuilder();
  noName.add({ kind: 'TYPEDEF', name: '', type: 0 });
  const wrong = noName.build();

  test('5.5 vmlinux', () => {
    const before = judgeVmlinux(wrong, optionsOf('5.4'));
    expect(before).toMatchObject({ errno: 0, notes: ['Linux 5.4 does not read its own BTF'] });
    const after = judgeVmlinux(wrong, optionsOf('5.5'));
    expect(after).toMatchObject({ errno: 22, notes: [] });
    expect(after.log.join('')).toMatch(/^BPF:\[1\] TYPEDEF .*Invalid name/);
  });

  test('5.11 modules', () => {
    const judge = (release: string) =>
      judgeModule({ btf: wrong }, judgeVmlinux(empty, optionsOf(release)), optionsOf(release));
    expect(judge('5.10')).toMatchObject({
      errno: 0,
      notes: ['Linux 5.10 does not read the BTF of modules'],
    });
    expect(judge('5.11')).toMatchObject({ errno: 22, notes: [] });
  });

  test('6.11 distilledBase', () => {
    const distilled = new BtfBuilder();
    distilled.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
    const base = distilled.build();
    const module = new BtfBuilder({ base: Btf.parse(base) });
    module.add({ kind: 'TYPEDEF', name: 'number', type: 1 });
    const btf = module.build();
    const kernel = new BtfBuilder();
    kernel.add({ kind: 'FLOAT', name: 'a_name_of_another_length', size: 8 });
    const judge = (release: string) =>
      judgeModule({ btf, base }, judgeVmlinux(kernel.build(), optionsOf(release)), optionsOf(release));
    // .BTF.base is not looked at, and type 1 is the kernel's.
    expect(judge('6.10')).toMatchObject({ errno: 0, log: [], notes: [] });
    expect(judge('6.11').log).toEqual(["distilled base BTF type 'int' [1] is not mapped to base BTF id"]);
  });

  test('5.17: a space after "BPF:" in dmesg', () => {
    expect(judgeVmlinux(wrong, optionsOf('5.16')).log[0]).toMatch(/^BPF:\[1\]/);
    expect(judgeVmlinux(wrong, optionsOf('5.17')).log[0]).toMatch(/^BPF: \[1\]/);
  });
});

describe('releases', () => {
  test.each([
    ['6.12.117-1', '6.12'],
    ['6.18.44-fc', '6.18'],
    ['v5.15', '5.15'],
    ['5.4.0-rc1+', '5.4'],
    ['4.18', '4.18'],
    ['4.21', undefined],
    ['5.20', undefined],
    ['6.20.1', undefined],
    ['7.9', NEWEST_RELEASE],
    ['12.0.1', NEWEST_RELEASE],
    ['4.17', undefined],
    ['4.9.337', undefined],
    ['3.18', undefined],
    ['6', undefined],
    ['', undefined],
    ['linux 6.1', undefined],
    ['6.x', undefined],
    ['60000.1', undefined],
  ])('of %j: %j', (version, release) => {
    expect(releaseOf(version)).toBe(release);
  });

  test('all are of their own release, oldest first', () => {
    expect(RELEASES.map(releaseOf)).toEqual(RELEASES);
    expect([...RELEASES].sort(compareReleases)).toEqual(RELEASES);
    expect([RELEASES[0], RELEASES.at(-1)]).toEqual(['4.18', NEWEST_RELEASE]);
  });

  test('are grouped by their rules', () => {
    const groups = releaseGroups();
    expect(groups.flatMap(({ releases }) => releases)).toEqual(RELEASES);
    for (const { releases, rules } of groups) {
      expect(rules).toEqual(rulesOf(releases[0]!));
      for (const release of releases) expect({ ...rulesOf(release), release: rules.release }).toEqual(rules);
    }
    const starts = groups.slice(1).map(({ releases }) => releases[0]);
    expect(starts).toEqual([...new Set(CHANGES.map(({ since }) => since))].sort(compareReleases));
    for (let i = 1; i < groups.length; i++) {
      const { release: _before, ...before } = groups[i - 1]!.rules;
      const { release: _after, ...after } = groups[i]!.rules;
      expect(after).not.toEqual(before);
    }
  });

  test('what each change was seen in is said', () => {
    for (const { what, source, since } of CHANGES) {
      expect(RELEASES).toContain(since);
      expect(what).not.toBe('');
      expect(source).toMatch(/^[0-9a-f]{12}\b|^"|^[a-z/]+\/\S*\.[ch] of \d|^kernel\/bpf/);
    }
  });
});
