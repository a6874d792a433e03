import { type Btf, Kind } from '../../btf/index.js';
import { paholeText } from '../../kbuild/index.js';
import type { Check } from '../check.js';
import { isFrom, versions } from '../scene.js';

export const noLayout: Check = {
  id: 'S85',
  title: 'pahole ignored a feature that the build asked for',
  stage: 'build',
  severity: 'note',
  texts: [
    "Ignoring unsupported feature '{feature:w}'",
    "Feature '{feature:w}' in '{list:w}' is not supported",
  ],
  looksAt: 'a kernel from 7.1 on, encoded by pahole 1.31, without a layout section',
  means:
    "This pahole does not know the feature '{feature|layout}' and went on without it. The tag v1.31 has neither layout nor true_signature, though the kernel asks for layout from 1.31 on; a later state of the repository still calls itself 1.31.",
  causes: [
    {
      what: 'the tag v1.31',
      remedy:
        'nothing is broken: no kernel needs the layout section. Who wants it takes pahole 1.32, and looks at the BTF, never at the version',
    },
  ],
  affects: 'kernels from 7.1 with pahole 1.31',
  source: ['pahole.c', 'scripts/Makefile.btf of 7.1'],
  *inFile(subject, scene) {
    if (subject.kind !== 'vmlinux' || scene.pahole?.value !== 131 || !isFrom(scene, 7, 1)) return;
    const btf = subject.types(undefined);
    if (btf === undefined || btf.header.layoutLength > 0) return;
    yield { where: subject.path, seen: 'its BTF has no layout section', how: versions(scene) };
  },
};

export const oldSharedLibbpf: Check = {
  id: 'S86',
  title: 'pahole is new, but linked to an old libbpf',
  stage: 'build',
  severity: 'warning',
  texts: [
    'btf__add_enum64 is not available, is libbpf < 1.0?',
    'btf__distill_base is not available, is libbpf < 1.5?',
    'btf__add_type_attr is not available, is libbpf < 1.6?',
    '{function:w} is not available, is libbpf < {version:w}?',
    'pahole: symbol lookup error: {file:w}: undefined symbol: {function:w}',
  ],
  looksAt: 'the BTF of a kernel from 6.0 on that pahole 1.24 or newer encoded, without ENUM64 or kfunc tags',
  means:
    'The distribution built pahole with its own, older libbpf in place of the one that belongs to it. Whatever needs a newer libbpf is left out without an error.',
  causes: [
    {
      what: 'a shared libbpf older than pahole wants',
      tell: '`ldd $(which pahole)` shows libbpf.so',
      remedy: 'a newer libbpf package, or pahole built with its own (LIBBPF_EMBEDDED=ON)',
    },
    {
      what: 'flags that leave it out (--skip_encoding_btf_enum64)',
      tell: 'scripts/pahole-flags.sh has been changed',
      remedy: 'leave the flag out for kernels from 6.0 on',
    },
  ],
  affects: 'pahole 1.24 and later in distributions with an older libbpf',
  source: ['btf_encoder.c of pahole'],
  *inFile(subject, scene) {
    const { pahole } = scene;
    if (subject.kind !== 'vmlinux' || pahole === undefined || pahole.value < 124 || !isFrom(scene, 6, 0))
      return;
    const btf = subject.types(undefined);
    // A small kernel may have no enum of 64 bits.
    if (btf === undefined || btf.endId < 20_000 || hasKind(btf, Kind.ENUM64)) return;
    yield {
      where: subject.path,
      seen: `no ENUM64 among ${(btf.endId - 1).toLocaleString('en')} types, written by pahole ${paholeText(pahole.value)}`,
      how: versions(scene),
      cause: 0,
    };
  },
};

function hasKind(btf: Btf, kind: number): boolean {
  for (let id = btf.startId; id < btf.endId; id++) if (btf.kind(id) === kind) return true;
  return false;
}
