import { type Btf, Kind, type TypeId } from '../../btf/index.js';
import type { BtfId, BtfIds, IdKind } from '../../ids/index.js';
import type { Check, Proof } from '../check.js';
import { counted, few, typeText } from '../places.js';
import { type Scene, versions } from '../scene.js';
import type { Subject } from '../subject.js';

const KINDS: Readonly<Record<IdKind, number>> = {
  func: Kind.FUNC,
  struct: Kind.STRUCT,
  union: Kind.UNION,
  typedef: Kind.TYPEDEF,
};

/** Were ids put in at all? In an object of the build all words are 0. */
export function isResolved({ ids, sets }: BtfIds): boolean {
  return ids.some(({ id }) => id !== 0) || sets.some(({ count }) => count > 0);
}

/**
 * Ids that lead to another type than any that could stand there: their symbol's, or, in a set, which is sorted, that of any
 * of its members. None where they, or the types, cannot be read.
 */
export function misledIds(subject: Subject, vmlinux: Subject | undefined): readonly BtfId[] {
  return subject.once(`misled ids on ${vmlinux?.path}`, () => {
    const { ids } = subject;
    const btf = ids === undefined ? undefined : subject.types(vmlinux);
    if (ids === undefined || btf === undefined) return [];
    const members = membersOfSets(ids);
    return ids.ids.filter(entry => {
      if (entry.id === 0) return false;
      if (entry.id >= btf.endId) return true;
      const key = `${btf.kind(entry.id)} ${btf.typeName(entry.id)}`;
      return key !== keyOf(entry) && !members.get(entry.offset)?.has(key);
    });
  });
}

const keyOf = ({ kind, name }: BtfId) => `${KINDS[kind]} ${name}`;

/** By the offset of a member, all that may stand there. */
function membersOfSets({ ids, sets }: BtfIds): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, ReadonlySet<string>>();
  for (const { kind, offset, length } of sets) {
    const end = offset + (kind === 'set8' ? 8 + 8 * length : 4 + 4 * length);
    const own = ids.filter(entry => entry.offset >= offset && entry.offset < end);
    const keys = new Set(own.map(keyOf));
    for (const entry of own) found.set(entry.offset, keys);
  }
  return found;
}

export const unresolvedIds: Check = {
  id: 'S17',
  title: 'names in .BTF_ids have no type',
  stage: 'build',
  severity: 'warning',
  texts: [
    'WARN: resolve_btfids: unresolved symbol {symbol:w}',
    'resolve_btfids: unresolved symbol {symbol:w}',
    'BTFIDS {what}unresolved symbol {symbol:w}',
  ],
  looksAt: 'ids of .BTF_ids that have no type of their name and kind in the BTF',
  means:
    'The source names {symbol|a function or struct} in a BTF_ID list, and the BTF has no type of that name. The id stays 0: a kfunc of that name cannot be called, a hook not attached to. From Linux 7.0, CONFIG_WERROR makes it an error (--fatal_warnings).',
  causes: [
    {
      what: 'the compiler optimised the function away, inlined it, or changed its parameters, so that pahole left it out (consistent_func)',
      tell: '`btfkit encode --explain NAME vmlinux` says what became of it; kallsyms has it with .isra, .constprop or .part, or not at all',
      remedy: 'mark it __bpf_kfunc (noinline, used), or noinline; a newer pahole recognises more of them',
    },
    {
      what: 'the configuration does not build it, or it is a static inline of a header',
      tell: 'it is not in System.map',
      remedy: 'put the BTF_ID under the same #ifdef as the function',
    },
    {
      what: 'pahole wrote no BTF for it, because its prototype differs from unit to unit',
      tell: '`btfkit encode --explain NAME` shows the prototypes',
      remedy: 'make the declarations agree',
    },
  ],
  affects: 'a warning up to 6.19; from 7.0 with CONFIG_WERROR an error',
  source: ['tools/bpf/resolve_btfids/main.c'],
  *inFile(subject, scene) {
    const { ids } = subject;
    if (ids === undefined || !isResolved(ids)) return;
    const btf = subject.types(scene.vmlinux);
    if (btf === undefined) return;
    const missing = ids.ids.filter(({ kind, name }) => btf.find(name, KINDS[kind]) === 0);
    if (missing.length === 0) return;
    const names = [...new Set(missing.map(({ kind, name }) => `${kind} ${name}`))];
    yield {
      where: subject.path,
      seen: `${counted(names.length, 'name')} without a type: ${few(names)}`,
      how: [...missing.slice(0, 3).map(id => missingText(id, subject)), ...versions(scene)],
      cause: 0,
      severity: scene.config?.get('WERROR') === 'y' && isFatal(scene) ? 'error' : 'warning',
    };
  },
};

function isFatal({ texts }: Scene): boolean {
  return texts.get('scripts/Makefile.btf')?.text.includes('--fatal_warnings') ?? false;
}

function missingText({ kind, name, offset }: BtfId, subject: Subject): string {
  const at = `${name}: at byte 0x${offset.toString(16)} of .BTF_ids`;
  if (kind !== 'func') return `${at}, no ${kind} of that name in the BTF`;
  const near = nearSymbols(subject).get(name);
  if (near === undefined) return `${at}, no symbol of that name`;
  return near === name
    ? `${at}, the symbol is there: pahole left the function out`
    : `${at}, the symbol is ${near}`;
}

/** Functions by their name without what the compiler put behind it. */
function nearSymbols(subject: Subject): ReadonlyMap<string, string> {
  return subject.once('near symbols', () => {
    const symbols = subject.elf?.symbols();
    const found = new Map<string, string>();
    for (let i = 1; symbols !== undefined && i < symbols.length; i++) {
      if (symbols.typeOf(i) !== 2 || symbols.shndx[i] === 0) continue;
      const name = symbols.name(i);
      const plain = name.split('.', 1)[0]!;
      if (plain === name || !found.has(plain)) found.set(plain, name);
    }
    return found;
  });
}

export const severalIds: Check = {
  id: 'S18',
  title: 'a name in .BTF_ids has several types',
  stage: 'build',
  severity: 'warning',
  texts: ["WARN: multiple IDs found for '{name:w}': {first:d}, {second:d} - using {used:d}"],
  looksAt: 'names of .BTF_ids that several types of one kind have',
  means:
    "The BTF has several types called '{name|so}', which deduplication could not merge because they differ. resolve_btfids takes the first, which may be the wrong one.",
  causes: [
    {
      what: 'two definitions of one name in different units, such as a private struct of a driver',
      remedy: '`btfkit dump` both ids, or `btfkit diff`, to see the first difference; rename the private one',
    },
    {
      what: 'one definition that a compiler option changes from unit to unit, or whose parts differ',
      tell: 'the two have the same members, with types that differ further down',
      remedy: 'the same flags for all units',
    },
  ],
  affects: 'all kernels',
  source: ['tools/bpf/resolve_btfids/main.c'],
  *inFile(subject, scene) {
    const { ids } = subject;
    const btf = ids === undefined || !isResolved(ids) ? undefined : subject.types(scene.vmlinux);
    if (btf === undefined || ids === undefined) return;
    const seen = new Set<string>();
    for (const { kind, name } of ids.ids) {
      if (kind === 'func' || seen.has(`${kind} ${name}`)) continue;
      seen.add(`${kind} ${name}`);
      const found = btf.findAll(name, KINDS[kind]);
      if (found.length > 1) yield severalProof(btf, found, subject);
    }
  },
};

function severalProof(btf: Btf, found: readonly TypeId[], { path }: Subject): Proof {
  const [first, second] = found;
  const sizes = `sizes ${btf.sizeOrType(first!)} and ${btf.sizeOrType(second!)}, ${btf.vlen(first!)} and ${btf.vlen(second!)} members`;
  return { where: path, seen: `${typeText(btf, first!)} and ${typeText(btf, second!)}`, how: [sizes] };
}

export const idsOfOtherFile: Check = {
  id: 'S19',
  title: 'the .BTF_ids that are to be put in are of another link',
  stage: 'build',
  severity: 'error',
  texts: [
    'FAILED: size mismatch - .BTF_ids section in {file:w} is {have:d} bytes, {other:w} is {found:d} bytes',
    'FAILED: size mismatch - section .BTF_ids in {file:w} is {have:d} bytes, {other:w} is {found:d} bytes',
    'section .BTF_ids not found',
    'FAILED: size mismatch - section .BTF_ids',
  ],
  looksAt: 'the size of vmlinux.unstripped.BTF_ids and its like beside that of the section',
  means:
    'resolve_btfids --patch_btfids puts ids into {file|the file} that were made for it in an earlier step; {other|that blob} has another length, so it was made from another link.',
  causes: [
    {
      what: 'a blob that was left over from an earlier build',
      remedy: 'build from clean: remove *.BTF_ids and vmlinux*',
    },
  ],
  affects: 'kernels from 7.0',
  source: ['tools/bpf/resolve_btfids/main.c', 'scripts/gen-btf.sh'],
  *inFile(subject, scene) {
    const section = subject.elf?.section('.BTF_ids');
    const beside = scene.sizes.get(`${subject.path}.BTF_ids`);
    if (section === undefined || beside === undefined || beside === section.size) return;
    yield {
      where: subject.path,
      seen: `.BTF_ids has ${section.size} bytes, ${subject.path}.BTF_ids has ${beside}`,
      how: versions(scene),
    };
  },
};
