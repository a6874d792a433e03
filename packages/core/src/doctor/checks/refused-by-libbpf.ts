import { Kind, kindName } from '../../btf/index.js';
import { paholeText } from '../../kbuild/index.js';
import type { Check, Proof } from '../check.js';
import { isBefore, isFrom, type Scene, versions } from '../scene.js';
import type { Subject } from '../subject.js';
import { type Unread, unreadByTree } from '../tree-libbpf.js';

export const refusedByLibbpf: Check = {
  id: 'S01',
  title: "the kernel tree's libbpf cannot read the BTF that pahole wrote",
  stage: 'build',
  severity: 'error',
  texts: [
    'FAILED: load BTF from {file:w}: Unknown error -22',
    'FAILED: load BTF from {file:w}: Invalid argument',
    { text: 'FAILED: load BTF from {file:w}: Cannot allocate memory', cause: 1 },
    { text: 'FAILED: load BTF from {file:w}: Unknown error -{errno=12}', cause: 1 },
    { text: 'FAILED: load BTF from {file:w}: Operation not supported', cause: 4 },
    { text: 'FAILED: load BTF from {file:w}: Not supported', cause: 4 },
    { text: 'FAILED: load BTF from {file:w}: Unknown error -{errno=95}', cause: 4 },
    'FAILED: load BTF from {file}: {reason}',
    'FAILED: load base BTF from {file}: {reason}',
    'Unknown error -{errno=22}',
    {
      text: "Can't load BTF with non-native endianness due to unsupported header length {length:d}",
      cause: 4,
    },
    { text: 'libbpf: BTF header not found', cause: 2 },
    { text: 'pahole: {file:w}: Invalid argument', cause: 2 },
  ],
  looksAt:
    'the BTF of vmlinux, .tmp_vmlinux* and raw blobs, by the rules of the libbpf in the sources of that kernel; the script with the flags, beside the two versions',
  means:
    'resolve_btfids reads the BTF of vmlinux with the libbpf of the kernel tree (tools/lib/bpf), which is as old as the kernel. It reads all or nothing: one thing that it does not know, or a blob that was cut, and it refuses the whole ({reason|-22, EINVAL}).',
  causes: [
    {
      what: 'pahole is newer than the kernel and wrote a kind that the tree does not know: most often ENUM64 (kind 19), which pahole writes since 1.24 and kernels read since 6.0',
      tell: 'the kernel is older than 6.0 and `pahole --version` says 1.24 or newer; `btfkit doctor vmlinux` names the first such type',
      remedy:
        'pass --skip_encoding_btf_enum64 to pahole (in scripts/pahole-flags.sh, in older trees scripts/link-vmlinux.sh), or take a point release whose scripts do so (5.10.152, 5.15.66, 5.19.8 or later), or pahole 1.23',
      ruledOut: scene =>
        isFrom(scene, 6, 0)
          ? `kernel ${scene.kernel!.value} knows ENUM64`
          : scene.pahole !== undefined && scene.pahole.value < 124
            ? `pahole ${paholeText(scene.pahole.value)} writes no ENUM64`
            : undefined,
    },
    {
      what: 'pahole crashed or was killed for want of memory, and the build went on with what was there',
      tell: 'further up the log says "Killed", "Segmentation fault" or names pahole; .BTF in .tmp_vmlinux.btf is absent or empty',
      remedy: 'see to the first failure in the log, then build from clean',
    },
    {
      what: 'vmlinux had an empty .BTF before pahole ran, and pahole took it for its input: lld 16 keeps such a section',
      tell: 'the log has "libbpf: BTF header not found"; the linker is ld.lld 16',
      remedy:
        'link with another release of lld or with GNU ld, or take a kernel whose link script was changed',
    },
    {
      what: 'the blob has more than 65,535 members in one type, or kinds from 20 on, in bits of the info word that readers before Linux 7.2 do not know',
      tell: '`btfkit verify --as libbpf` accepts it, and the kernel is older than 7.2',
      remedy:
        'leave out the features of pahole that bring them (inline, global_var), or `btfkit convert` it for this kernel',
      ruledOut: scene => (isFrom(scene, 7, 2) ? `kernel ${scene.kernel!.value} reads these bits` : undefined),
    },
    {
      what: 'the blob is of the other byte order and has a header of 32 bytes, which libbpf before 1.8 does not swap: a cross build for a big-endian machine with a new pahole',
      tell: 'the log has "Can\'t load BTF with non-native endianness due to unsupported header length 32"',
      remedy: 'encode with pahole 1.31 or older, or with `btfkit encode`, which writes 24 bytes',
      ruledOut: scene =>
        isFrom(scene, 7, 1) ? `kernel ${scene.kernel!.value} swaps that header` : undefined,
    },
  ],
  affects: 'kernels 5.10 to 5.19 with pahole 1.24 and later, above all; see the causes',
  source: [
    'tools/bpf/resolve_btfids/main.c',
    'EDLLT/WSL2-Linux-Kernel#7',
    'dorssel/usbipd-win#731',
    'revyos/thead-kernel#29',
    'Frogging-Family/linux-tkg#577',
    'ClangBuiltLinux/linux#1825',
  ],
  after: ['S03', 'S04', 'S05', 'S06', 'S07', 'S09', 'S13', 'S14', 'S15', 'S16', 'N12', 'N13'],
  *inScene(scene, said) {
    // make takes a vmlinux away whose build failed: what is left are the versions, and the scripts.
    const { pahole, vmlinux } = scene;
    if (!said || vmlinux?.btf !== undefined || !isBefore(scene, 6, 0)) return;
    if (pahole === undefined || pahole.value < 124) return;
    for (const { path, passes } of flagScripts(scene)) {
      if (!passes)
        yield {
          where: path,
          seen: 'does not pass --skip_encoding_btf_enum64',
          how: [...versions(scene), sinceText(Kind.ENUM64, scene.kernel!.value)],
          cause: 0,
        };
    }
  },
  *inFile(subject, scene, said) {
    if (subject.kind === 'module' || subject.kind === 'program' || subject.kind === 'object') return;
    if (subject.btf === undefined || subject.isSplit) return;
    const version = scene.kernel?.value ?? subject.release;
    if (version === undefined) {
      if (said) yield* withoutVersion(subject);
      return;
    }
    const unread = unreadByTree(subject, version);
    if (unread !== undefined) yield proofOf(subject, scene, version, unread);
  },
};

function proofOf(subject: Subject, scene: Scene, version: string, unread: Unread): Proof {
  const how = [
    ...(scene.kernel === undefined ? [`kernel ${version} (named in ${subject.path})`] : versions(scene)),
  ];
  if (unread.what === 'kind') how.push(sinceText(unread.kind, version), ...flagsText(scene, unread.kind));
  for (const { kind, text } of unread.others) how.push(`further on: ${text}. ${sinceText(kind, version)}`);
  if (/\.el\d/.test(version))
    how.push(
      'RHEL and its like take newer BTF back into old kernels: look at its tools/include/uapi/linux/btf.h',
    );
  const remedy = remedyFor(unread, version);
  return { where: subject.path, seen: unread.text, how, cause: CAUSES[unread.what], remedy };
}

/** Index among the causes. */
const CAUSES = { kind: 0, damage: 1, wide: 3, 'byte order': 4 };

/** First kernel that reads a kind, how not to write it, and the last pahole that does not. */
const SINCE: Readonly<Record<number, readonly [kernel: string, flag: string, pahole: string]>> = {
  [Kind.FLOAT]: ['5.13', 'leave out --btf_gen_floats (with --btf_features: float)', '1.20'],
  [Kind.DECL_TAG]: ['5.16', 'pass --skip_encoding_btf_decl_tag', '1.22'],
  [Kind.TYPE_TAG]: ['5.17', 'pass --skip_encoding_btf_type_tag', '1.22'],
  [Kind.ENUM64]: ['6.0', 'pass --skip_encoding_btf_enum64 (with --btf_features: leave out enum64)', '1.23'],
};

function sinceText(kind: number, version: string): string {
  const since = SINCE[kind];
  return since === undefined
    ? `no libbpf in the tree of a ${version} kernel knows kind ${kind}`
    : `${kindName(kind)} is known to the libbpf of kernel trees from ${since[0]} on, this one is ${version}`;
}

/** Whether the script of the tree that holds pahole's flags has the one that would have helped. */
function flagScripts({ texts }: Scene): { readonly path: string; readonly passes: boolean }[] {
  const own = ['scripts/pahole-flags.sh', 'scripts/Makefile.btf', 'scripts/link-vmlinux.sh'].find(path =>
    /pahole/i.test(texts.get(path)?.text ?? ''),
  );
  if (own === undefined) return [];
  const { path, text } = texts.get(own)!;
  return [{ path, passes: text.includes('skip_encoding_btf_enum64') }];
}

function flagsText(scene: Scene, kind: number): string[] {
  if (kind !== Kind.ENUM64) return [];
  return flagScripts(scene).map(
    ({ path, passes }) => `${path} ${passes ? 'passes' : 'does not pass'} --skip_encoding_btf_enum64`,
  );
}

/** For all kinds that are too new: to mend one only would lead to the next. */
function remedyFor({ what, kind, others }: Unread, version: string): string[] | undefined {
  if (what !== 'kind') return undefined;
  const kinds = [kind, ...others.map(other => other.kind)];
  const known = kinds.map(one => SINCE[one]).filter(one => one !== undefined);
  const steps = known.map(([, flag]) => flag);
  if (known.length < kinds.length)
    steps.push('leave out the feature of pahole that writes these kinds (inline)');
  const [oldest] = known.map(([, , pahole]) => pahole).sort();
  if (oldest !== undefined && known.length === kinds.length) steps.push(`or use pahole ${oldest} or older`);
  if (kinds.includes(Kind.ENUM64))
    steps.push(
      'or take a point release whose scripts pass --skip_encoding_btf_enum64: 5.10.152, 5.15.66, 5.19.8 or later',
    );
  const release = /^\d+\.\d+/.exec(version)?.[0] ?? 'VERSION';
  return [...steps, `or rewrite the blob: btfkit convert vmlinux --kernel ${release}`];
}

/** Nothing says which kernel it is: what the newest kinds in the blob ask for. */
function* withoutVersion(subject: Subject): Iterable<Proof> {
  for (const version of ['5.12', '5.15', '5.16', '5.19', '7.1']) {
    const unread = unreadByTree(subject, version);
    if (unread === undefined) continue;
    yield {
      where: subject.path,
      seen: unread.text,
      how: [`readers as old as Linux ${version} stop here; --kernel VERSION would tell more`],
      cause: CAUSES[unread.what],
      remedy: remedyFor(unread, version),
    };
    return;
  }
}
