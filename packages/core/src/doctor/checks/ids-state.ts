import type { BtfIds } from '../../ids/index.js';
import type { Check } from '../check.js';
import { refusalOf } from '../judgement.js';
import { counted, typeText } from '../places.js';
import { isFrom, versions } from '../scene.js';
import type { Subject } from '../subject.js';
import { isResolved, misledIds } from './btf-ids.js';
import { reportOf } from './module-check.js';

/** A file that the build is through with: it has BTF, and its ids should be in. */
function isFinal(subject: Subject): boolean {
  const isKernel = subject.kind === 'vmlinux' && !/(^|\/)\.tmp_|\.unstripped$/.test(subject.path);
  return (isKernel || subject.kind === 'module') && subject.btfState === 'present';
}

export const neverResolved: Check = {
  id: 'N05',
  title: 'the ids in .BTF_ids were never put in',
  stage: 'build',
  severity: 'error',
  texts: [],
  looksAt: 'whether all words of .BTF_ids are 0 in a vmlinux or module that has BTF',
  means:
    'resolve_btfids did not run over this file, or over another copy of it. The kernel takes the ids as they are: hooks and kfuncs of these lists do not exist, and registering a set "succeeds" with nothing in it.',
  causes: [
    {
      what: 'BTF was added later by hand (pahole -J, objcopy), without the step after it',
      remedy: '`btfkit gen`, or `btfkit resolve-ids --in-place FILE` (with --base vmlinux for a module)',
    },
  ],
  affects: 'all kernels from 5.9',
  source: ['tools/bpf/resolve_btfids/main.c', 'kernel/bpf/btf.c'],
  *inFile(subject, scene) {
    const { ids } = subject;
    if (ids === undefined || !isFinal(subject) || ids.ids.length === 0 || isResolved(ids)) return;
    yield {
      where: subject.path,
      seen: `${counted(ids.ids.length, 'id')} in ${counted(ids.sets.length, 'set')}, all 0`,
      how: versions(scene),
    };
  },
};

export const unsortedSet: Check = {
  id: 'N06',
  title: 'a set in .BTF_ids is not sorted',
  stage: 'build',
  severity: 'warning',
  texts: [],
  looksAt: 'the order of ids in the sets of a vmlinux or module',
  means:
    'The kernel searches sets of ids with a binary search. In one that is not sorted it misses ids that are there: functions seem not to be allowed, now and then.',
  causes: [
    {
      what: 'resolve_btfids ran twice, or the ids were put in by another tool, or the BTF was sorted or relocated after that',
      remedy: 'link anew and resolve once; `btfkit resolve-ids --in-place` can be run again without harm',
    },
  ],
  affects: 'all kernels from 5.9',
  source: ['kernel/bpf/btf.c, btf_id_set_contains', 'docs/kernel-build.md'],
  *inFile(subject, scene) {
    const { ids } = subject;
    if (ids === undefined || !isResolved(ids) || !isFinal(subject)) return;
    for (const { name, ids: column, offset } of unsorted(ids)) {
      const at = column.findIndex((id, i) => i > 0 && id < column[i - 1]!);
      yield {
        where: subject.path,
        seen: `set '${name}' at byte 0x${offset.toString(16)}: id ${column[at]} comes after ${column[at - 1]}`,
        how: versions(scene),
      };
    }
  },
};

export const idsOfOtherBtf: Check = {
  id: 'N17',
  title: 'the ids in .BTF_ids are those of another BTF',
  stage: 'build',
  severity: 'error',
  texts: [],
  looksAt: 'whether each id in .BTF_ids is that of a type with the name and kind of its symbol',
  means:
    'The file got its BTF anew after the ids were put in, or ids that were made for another link. The kernel takes them as they are: hooks, kfuncs and the structs that its helpers know are other types than they should be.',
  causes: [
    {
      what: 'pahole -J or objcopy put another .BTF into the finished file, or it was sorted or merged there',
      remedy:
        '`btfkit resolve-ids --in-place FILE` (with --base vmlinux for a module); modules have to be built on the new BTF as well',
    },
  ],
  affects: 'all kernels from 5.9',
  source: ['tools/bpf/resolve_btfids/main.c', 'kernel/bpf/btf.c'],
  *inFile(subject, scene) {
    if (!isFinal(subject)) return;
    // Of another kernel: that is said already.
    if (subject.kind === 'module' && (refusalOf(subject, scene) ?? reportOf(subject, scene)?.mismatch))
      return;
    const misled = misledIds(subject, scene.vmlinux);
    const btf = subject.types(scene.vmlinux);
    const [first] = misled;
    if (first === undefined || btf === undefined) return;
    const { kind, name, id, offset } = first;
    const found = id < btf.endId ? typeText(btf, id) : 'past the last type';
    yield {
      where: subject.path,
      seen: `${misled.length} of ${counted(subject.ids!.ids.length, 'id')} lead elsewhere: ${kind} ${name} at byte 0x${offset.toString(16)} has id ${id}, which is ${found}`,
      how: versions(scene),
    };
  },
};

/** Sets whose ids go down somewhere; zeros are names without a type, and stand in front. */
export function unsorted({ sets }: BtfIds) {
  return sets
    .map(set => ({ name: set.name, offset: set.offset, ids: set.ids.subarray(0, set.count) }))
    .filter(({ ids }) => ids.some((id, i) => i > 0 && id < ids[i - 1]!));
}

export const crossByteOrder: Check = {
  id: 'N07',
  title: 'a kernel for the other byte order is built by a pahole that writes the longer header',
  stage: 'build',
  severity: 'warning',
  texts: [],
  looksAt: 'a header of 32 bytes in big-endian BTF for kernels before 7.1',
  means:
    'Newer pahole writes a header of 32 bytes always. The resolve_btfids of kernels before 7.1 swaps one of 24 bytes only, so that a cross build for a big-endian machine ends with "unsupported header length 32".',
  causes: [
    {
      what: 'a pahole newer than 1.31 and a cross build',
      remedy:
        'pahole 1.31 or older, or `btfkit encode`, for this build; or `btfkit convert --kernel VERSION`',
    },
  ],
  affects: 'big-endian kernels before 7.1, cross-built on a little-endian machine',
  source: ['libbpf, btf_parse_hdr of 1.7 and before'],
  after: ['S01'],
  *inFile(subject, scene) {
    const { btf } = subject;
    if (btf === undefined || btf.length < 32 || btf[0] !== 0xeb || btf[1] !== 0x9f) return;
    const length = new DataView(btf.buffer, btf.byteOffset).getUint32(4);
    if (length <= 24 || scene.kernel === undefined || isFrom(scene, 7, 1)) return;
    yield { where: subject.path, seen: `header of ${length} bytes, big-endian`, how: versions(scene) };
  },
};
