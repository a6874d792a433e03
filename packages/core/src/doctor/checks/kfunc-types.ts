import { type Btf, Kind, type TypeId } from '../../btf/index.js';
import type { BtfIdSet8, BtfIds } from '../../ids/index.js';
import { KfuncFlag } from '../../kfuncs/index.js';
import type { Check } from '../check.js';
import { counted, few, placeText } from '../places.js';
import { isFrom, type Scene, versions } from '../scene.js';
import type { Subject } from '../subject.js';
import { isResolved, misledIds } from './btf-ids.js';

const SET8_KFUNCS = 1;

/** Kfuncs that the sets of a file list: id and flags. */
export function listedKfuncs(ids: BtfIds): { readonly id: TypeId; readonly flags: number }[] {
  const sets = ids.sets.filter(
    (set): set is BtfIdSet8 => set.kind === 'set8' && (set.flags & SET8_KFUNCS) !== 0,
  );
  return sets.flatMap(set =>
    Array.from(set.ids, (id, i) => ({ id, flags: set.pairFlags[i]! })).slice(0, set.count),
  );
}

/** Ids of functions that carry the tag `bpf_kfunc`. */
export function taggedFunctions(btf: Btf): ReadonlySet<TypeId> {
  const tagged = new Set<TypeId>();
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) === Kind.DECL_TAG && btf.typeName(id) === 'bpf_kfunc') tagged.add(btf.sizeOrType(id));
  }
  return tagged;
}

export const implicitArguments: Check = {
  id: 'S70',
  title: 'a kfunc kept its implicit argument, and programs do not match it',
  stage: 'program',
  severity: 'error',
  texts: [
    "extern (func ksym) '{name:w}': func_proto [{local:d}] incompatible with vmlinux [{kernel:d}]",
    "extern (func ksym) '{name:w}': func_proto [{local:w}] incompatible with {btf:w} [{kernel:w}]",
    'BTF has malformed scx kfunc prototype(s)',
  ],
  looksAt: 'kfuncs with KF_IMPLICIT_ARGS in the sets of .BTF_ids: the last parameter of their prototype',
  means:
    'From 7.0 on, resolve_btfids gives kfuncs with KF_IMPLICIT_ARGS a prototype without their last parameter, struct bpf_prog_aux *, which the verifier fills in. It finds them by their tag bpf_kfunc. {name|This kfunc} had no such tag and kept the parameter, so that the prototype in the program [{local|}] does not match that of the kernel [{kernel|}].',
  causes: [
    {
      what: 'pahole 1.26, which does not write the tags though the kernel asks 1.26 for them; or 1.30, which leaves some functions without',
      tell: '`pahole --version` of the build of the kernel; the BTF has fewer bpf_kfunc tags than kfuncs',
      remedy:
        'build the kernel with pahole 1.31 or newer, or one whose resolve_btfids writes the tags itself (after 7.2)',
    },
    {
      what: 'the program was compiled against another prototype',
      tell: 'the parameters differ otherwise',
      remedy: 'take the prototypes of vmlinux.h of this kernel',
    },
  ],
  affects: 'kernels 7.0 to 7.2 built with pahole before 1.27, or with 1.30',
  source: [
    'sched-ext/scx#3562',
    'sched-ext/scx#3628',
    'CachyOS/copr-linux-cachyos#100',
    'RHBZ 2514913',
    'kernel commit 9edd04c4189e',
  ],
  *inFile(subject, scene) {
    const found = kfuncsOf(subject, scene);
    if (found === undefined) return;
    const { btf, ids } = found;
    const kept = listedKfuncs(ids).filter(
      ({ id, flags }) => (flags & KfuncFlag.implicitArgs) !== 0 && keepsAux(btf, id),
    );
    if (kept.length === 0) return;
    const tagged = taggedFunctions(btf);
    const first = kept[0]!.id;
    yield {
      where: subject.path,
      seen: `${placeText(btf, first)}: its last parameter is struct bpf_prog_aux *`,
      how: [
        `${counted(kept.length, 'kfunc')} with KF_IMPLICIT_ARGS kept it: ${few(kept.map(({ id }) => btf.typeName(id)))}`,
        tagged.has(first) ? 'it has the tag bpf_kfunc' : 'it has no tag bpf_kfunc',
        ...versions(scene),
      ],
      cause: 0,
    };
  },
};

function kfuncsOf(subject: Subject, scene: Scene): { btf: Btf; ids: BtfIds } | undefined {
  if (subject.kind !== 'vmlinux' && subject.kind !== 'module') return undefined;
  const { ids } = subject;
  // Of ids that lead elsewhere nothing follows.
  if (ids === undefined || !isResolved(ids) || misledIds(subject, scene.vmlinux).length > 0) return undefined;
  const btf = subject.types(scene.vmlinux);
  return btf === undefined ? undefined : { btf, ids };
}

function keepsAux(btf: Btf, id: TypeId): boolean {
  if (id === 0 || id >= btf.endId || btf.kind(id) !== Kind.FUNC || btf.typeName(id).endsWith('_impl'))
    return false;
  const proto = btf.sizeOrType(id);
  if (btf.kind(proto) !== Kind.FUNC_PROTO || btf.vlen(proto) === 0) return false;
  const { words } = btf.layer(proto);
  const last = words[btf.at(proto) + 3 + 2 * (btf.vlen(proto) - 1) + 1]!;
  if (last === 0 || btf.kind(last) !== Kind.PTR) return false;
  let to = btf.sizeOrType(last);
  for (let steps = 0; steps < 8 && to !== 0 && btf.kind(to) === Kind.CONST; steps++) to = btf.sizeOrType(to);
  return to !== 0 && btf.kind(to) === Kind.STRUCT && btf.typeName(to) === 'bpf_prog_aux';
}

export const untaggedKfuncs: Check = {
  id: 'S77',
  title: 'kfuncs have no tag bpf_kfunc, so that vmlinux.h lacks their prototypes',
  stage: 'program',
  severity: 'warning',
  texts: [
    "call to undeclared function '{name:w}'; ISO C99 and later do not support implicit function declarations",
    "failed to insert kfunc decl tag for '{name:w}': {error:w}",
    'vmlinux.h has no kfunc prototypes',
    'no kfunc prototypes',
  ],
  looksAt: 'functions in sets of kfuncs that no tag bpf_kfunc names',
  means:
    'bpftool writes prototypes of kfuncs into vmlinux.h from the tags bpf_kfunc, which pahole writes from 1.27 on when it is asked for decl_tag_kfuncs (kernels from 6.11). Without tags there are none.',
  causes: [
    {
      what: 'the kernel was built with pahole before 1.27',
      tell: 'the BTF has no DECL_TAG bpf_kfunc',
      remedy: 'pahole 1.27 or newer, and a kernel from 6.11 on; or declare the kfuncs by hand, with __ksym',
    },
    {
      what: 'bpftool is linked to an old libbpf, or older than 7.5',
      tell: 'the tags are there',
      remedy: 'a newer bpftool; `btfkit dump --format c` writes them',
    },
    {
      what: 'some are left out by this pahole (1.30)',
      tell: 'there are tags, but fewer than kfuncs',
      remedy: 'pahole 1.31 or newer',
    },
  ],
  affects: 'pahole before 1.27, 1.30; kernels before 6.11',
  source: ['libbpf/bpftool#213'],
  *inFile(subject, scene, said) {
    const found = kfuncsOf(subject, scene);
    if (found === undefined || (!said && !isFrom(scene, 6, 11))) return;
    const { btf, ids } = found;
    const listed = listedKfuncs(ids).filter(({ id }) => id >= btf.startId && id < btf.endId);
    const tagged = taggedFunctions(btf);
    const all = [...new Set(listed.map(({ id }) => id))];
    const without = all.filter(id => !tagged.has(id));
    if (without.length === 0) return;
    yield {
      where: subject.path,
      seen: `${counted(without.length, 'kfunc')} of ${all.length} in its sets without the tag: ${few(without.map(id => btf.typeName(id)))}`,
      how: [placeText(btf, without[0]!), ...versions(scene)],
      cause: tagged.size === 0 ? 0 : 2,
    };
  },
};
