import { type Btf, Kind } from '../../btf/index.js';
import type { Check } from '../check.js';
import { placeText, typeText } from '../places.js';
import { isFrom, versions } from '../scene.js';

/** Structs with members only under an option. */
const TELLTALES: readonly (readonly [struct: string, option: string])[] = [
  ['lockdep_map', 'LOCKDEP'],
  ['kasan_cache', 'KASAN_GENERIC'],
  ['rcu_node', 'TREE_RCU'],
];

export const otherFlavour: Check = {
  id: 'S80',
  title: 'the BTF is of another flavour of the kernel than the configuration',
  stage: 'program',
  severity: 'warning',
  texts: ['BTF of the debug kernel', 'wrong offsets with BTFHub', 'btfhub archive is empty'],
  looksAt: 'types that exist only under an option (lockdep_map, kasan_cache) beside the configuration',
  means:
    'BTF from elsewhere, as from BTFHub, was made of the debug flavour of this release: the names agree, the offsets do not, and programs read wrong bytes without an error.',
  causes: [
    {
      what: 'BTF of kernel-debug in place of kernel',
      tell: 'the build id of the blob’s vmlinux is not that of /sys/kernel/notes',
      remedy: 'BTF made from the debug package of this very kernel: `btfkit encode vmlinux.debug`',
    },
  ],
  affects: 'kernels without BTF of their own',
  source: ['aquasecurity/btfhub#3', 'aquasecurity/btfhub#4'],
  *inFile(subject, scene) {
    const { config } = scene;
    if (config === undefined || subject.kind === 'module' || subject.kind === 'program') return;
    const btf = subject.types(undefined);
    if (btf === undefined) return;
    for (const [name, option] of TELLTALES) {
      const id = btf.find(name, Kind.STRUCT);
      const has = id !== 0 && btf.vlen(id) > 0;
      const wants = config.get(option) === 'y';
      if (has === wants || (!has && !config.mentions(option)) || (!has && btf.endId < 20_000)) continue;
      const seen = has
        ? `${placeText(btf, id)} has ${btf.vlen(id)} members`
        : `it has no struct ${name} with members`;
      yield {
        where: subject.path,
        seen,
        how: [`CONFIG_${option} is ${wants ? 'y' : 'not set'} in ${config.path}`],
      };
    }
  },
};

export const weakPrototype: Check = {
  id: 'S81',
  title: 'the BTF has the prototype of a weak function in place of the one that counts',
  stage: 'program',
  severity: 'warning',
  texts: [
    'bpf_lsm_mmap_file{what}__nullable',
    'bpf_lsm_mmap_file() is not trusted',
    "R{register:d} invalid mem access 'trusted_ptr_or_null_'",
  ],
  looksAt: 'the parameter names of bpf_lsm_mmap_file in kernels from 7.0 on',
  means:
    'A function is defined twice, weak and strong, and pahole took the prototype of the weak one: parameters have other names, and what names say to the verifier (__nullable) is lost.',
  causes: [{ what: 'pahole up to 1.31', remedy: 'pahole with faaa3f1 (after 1.31), or `btfkit encode`' }],
  affects: 'pahole up to 1.31',
  source: ['pahole faaa3f1'],
  *inFile(subject, scene) {
    if (subject.kind !== 'vmlinux' && subject.kind !== 'btf') return;
    if (!isFrom(scene, 7, 0)) return;
    const btf = subject.types(undefined);
    const id = btf?.find('bpf_lsm_mmap_file', Kind.FUNC) ?? 0;
    if (btf === undefined || id === 0) return;
    const proto = btf.type(btf.sizeOrType(id));
    const first = proto.kind === 'FUNC_PROTO' ? proto.params[0]?.name : undefined;
    if (first !== 'file') return;
    yield {
      where: subject.path,
      seen: `${typeText(btf, id)}: its first parameter is 'file', the strong definition has 'file__nullable'`,
      how: versions(scene),
    };
  },
};

export const notSorted: Check = {
  id: 'S83',
  title: 'types are not in the order of their names, which kernels from 7.0 rely on',
  stage: 'load',
  severity: 'warning',
  texts: ['btf_find_by_name_kind{what}-2', 'BTF is not sorted', 'not sorted by name'],
  looksAt: 'the order of names in the BTF of kernels from 7.0 on',
  means:
    'From 7.0 on the kernel looks types up by a binary search, and takes it for granted that its own BTF is sorted by name (strcmp, types without a name first). In BTF that is not, look-ups miss types that are there. A module that is not sorted is searched as before.',
  causes: [
    {
      what: 'the BTF was put in by an older tool, after or in place of resolve_btfids',
      tell: '`btfkit stats` does not say "sorted"',
      remedy:
        'build again with scripts/gen-btf.sh, or `btfkit gen`, which does the whole stage; after `btfkit sort` alone the ids in .BTF_ids have to be put in anew, and modules built',
    },
    {
      what: 'it was sorted by another order (locale, or kind first)',
      tell: 'it looks nearly sorted',
      remedy: 'sort by bytes',
    },
  ],
  affects: 'kernels from 7.0 on',
  source: ['kernel commit 342bf525ba0d'],
  *inFile(subject, scene) {
    if (subject.kind !== 'vmlinux' && !(subject.kind === 'btf' && !subject.isSplit)) return;
    if (!isFrom(scene, 7, 0)) return;
    const btf = subject.types(undefined);
    if (btf === undefined || btf.endId <= 2 || btf.sortedFrom > 0) return;
    const id = firstUnsorted(btf);
    if (id === 0) return;
    yield {
      where: subject.path,
      seen: `${placeText(btf, id)} comes after '${btf.typeName(id - 1)}'`,
      how: versions(scene),
      cause: 0,
      severity: 'error',
    };
  },
};

function firstUnsorted(btf: Btf): number {
  for (let id = btf.startId + 1; id < btf.endId; id++) {
    if (btf.strings.compare(btf.nameOff(id - 1), btf.nameOff(id)) > 0) return id;
  }
  return 0;
}
