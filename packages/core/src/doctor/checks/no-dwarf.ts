import type { Check } from '../check.js';
import { versions } from '../scene.js';

export const noDwarf: Check = {
  id: 'N13',
  title: 'there is no DWARF to make BTF of',
  stage: 'build',
  severity: 'error',
  texts: [
    'pahole: {file:w}: No debugging information found',
    "pahole: file '{file:w}' has no {kind:w} type information",
    'No debugging information found',
  ],
  looksAt: 'whether a vmlinux that is to have BTF has DWARF',
  means:
    'pahole makes BTF from DWARF, and found none in {file|the file} that it can read. It writes no BTF then; scripts of 5.x go on all the same.',
  causes: [
    {
      what: 'the file was stripped, or compiled without -g',
      tell: '`readelf -S FILE` shows no .debug_info; for a module out of tree: its Makefile takes -g away',
      remedy: 'CONFIG_DEBUG_INFO_DWARF5=y or _DWARF4=y; make BTF before anything is stripped',
    },
    {
      what: 'sections of DWARF are compressed in a way that the elfutils of this pahole does not know (zstd needs 0.188)',
      tell: 'CONFIG_DEBUG_INFO_COMPRESSED_ZSTD=y; `readelf -t` says ZSTD',
      remedy: 'CONFIG_DEBUG_INFO_COMPRESSED_NONE=y, or newer elfutils',
    },
    {
      what: 'the module has no C in it: assembly only',
      tell: 'there is no .debug_info in its objects',
      remedy: 'nothing: it has no types',
    },
  ],
  affects: 'all',
  source: ['dwarves.c of pahole', 'scripts/link-vmlinux.sh'],
  *inFile(subject, scene, said) {
    const { elf, path } = subject;
    if (subject.kind !== 'vmlinux' || elf === undefined || subject.btfState === 'present') return;
    if (scene.config?.get('DEBUG_INFO_BTF') !== 'y' && !said) return;
    if (!/(^|\/)(\.tmp_)?vmlinux[^/]*$/.test(path) || elf.debugSection('info') !== undefined) return;
    const compressed = scene.config?.get('DEBUG_INFO_COMPRESSED_ZSTD') === 'y';
    yield {
      where: path,
      seen: 'no .debug_info, and no BTF',
      how: versions(scene),
      cause: compressed ? 1 : 0,
    };
  },
};
