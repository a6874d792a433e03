import { Kind } from '../../btf/index.js';
import type { Check } from '../check.js';
import { typeText } from '../places.js';
import { versions } from '../scene.js';

/** Fewer may be the work of chance: a typedef of another struct. */
const FEWEST = 8;

export const repeatedTypedefs: Check = {
  id: 'N08',
  title: 'a module has typedefs once more that the kernel has already',
  stage: 'build',
  severity: 'warning',
  texts: [],
  looksAt: "typedefs of a module's own that lead to the very type that one of vmlinux of that name leads to",
  means:
    'Deduplication did not find the typedefs of the base: the BTF of the module is several times as large as it need be, with structs repeated that hold them. It works, and takes memory.',
  causes: [
    {
      what: 'pahole with the libbpf of its submodule at dd92bef7: typedefs of the base are entered under one hash and looked for under another',
      remedy: 'pahole with libbpf f7081a6b or later; or `btfkit encode`',
    },
  ],
  affects: 'pahole after 1.31 with libbpf dd92bef7',
  source: ['libbpf f7081a6b, btf_dedup_prep'],
  *inFile(subject, scene) {
    if (subject.base !== undefined || !subject.isSplit) return;
    const btf = subject.types(scene.vmlinux);
    const base = btf?.base;
    if (btf === undefined || base === null || base === undefined) return;
    let repeated = 0;
    let first = 0;
    for (let id = btf.startId; id < btf.endId; id++) {
      if (btf.kind(id) !== Kind.TYPEDEF) continue;
      const target = btf.sizeOrType(id);
      const same = base
        .findAll(btf.typeName(id), Kind.TYPEDEF)
        .some(other => base.sizeOrType(other) === target);
      if (!same) continue;
      first ||= id;
      repeated++;
    }
    if (repeated < FEWEST) return;
    yield {
      where: subject.path,
      seen: `${repeated} typedefs that vmlinux has with the same target, the first ${typeText(btf, first)}`,
      how: versions(scene),
    };
  },
};
