import { compareKernels, type KernelNumbers, kernelNumbers } from './version.js';

/** Where the flags of a kernel's build come from. */
export interface BuildDesign {
  /** First release of this form. */
  readonly since: KernelNumbers;
  /** Point releases of older kernels from which on they have it too. */
  readonly stable?: readonly KernelNumbers[];
  /** The script that has the flags. */
  readonly script: string;
  /** How BTF gets into vmlinux and modules. */
  readonly how: string;
}

/** The forms that the build stage had, oldest first. */
export const DESIGNS: readonly BuildDesign[] = [
  {
    since: [5, 2, 0],
    script: 'scripts/link-vmlinux.sh',
    how: 'pahole -J puts .BTF into vmlinux; modules from 5.11 on',
  },
  {
    since: [5, 16, 0],
    stable: [
      [5, 10, 152],
      [5, 15, 66],
    ],
    script: 'scripts/pahole-flags.sh',
    how: 'pahole -J puts .BTF into the files, resolve_btfids fills .BTF_ids in',
  },
  {
    since: [6, 10, 0],
    script: 'scripts/Makefile.btf',
    how: 'as before; flags as --btf_features from pahole 1.26 on',
  },
  {
    since: [7, 0, 0],
    script: 'scripts/Makefile.btf and scripts/gen-btf.sh',
    how: 'pahole writes raw BTF, resolve_btfids transforms, distils and sorts it, the linker puts it in',
  },
];

/** The oldest pahole that a build takes, by release. */
export const OLDEST_PAHOLE: readonly { readonly since: KernelNumbers; readonly pahole: number }[] = [
  { since: [5, 2, 0], pahole: 113 },
  { since: [5, 7, 0], pahole: 116 },
  // 903922cfa0e6 "lib/Kconfig.debug: Set the minimum required pahole version to v1.22"
  { since: [7, 0, 0], pahole: 122 },
];

/** Flags that a kernel's scripts pass to pahole. */
export interface FlagRow {
  readonly flags: string;
  /** First pahole that gets them, and the last one where there is one. */
  readonly pahole: readonly [from: number, to?: number];
  /** First release that passes them, and the first that no longer does. */
  readonly kernel: readonly [since: KernelNumbers, until?: KernelNumbers];
  /** Point releases of older kernels from which on they pass them too. */
  readonly stable?: readonly KernelNumbers[];
  /** Only for modules out of tree. */
  readonly external?: true;
  /** What it is for. */
  readonly what: string;
  /** Commit of the kernel, or the file where it is seen. */
  readonly source: string;
}

const FEATURES = 'encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func';

/** All flags, in the order in which the scripts have them. Kernels from 6.10 give pahole from 1.26 on features instead. */
export const FLAGS: readonly FlagRow[] = [
  {
    flags: '--skip_encoding_btf_vars',
    pahole: [118, 121],
    kernel: [
      [5, 14, 0],
      [7, 0, 0],
    ],
    stable: [[5, 10, 152]],
    what: 'no per-CPU variables: this pahole cannot handle those of size 0',
    source: 'a0b8200d06ad "kbuild: skip per-CPU BTF generation for pahole v1.18-v1.21"',
  },
  {
    flags: '--btf_gen_floats',
    pahole: [121],
    kernel: [[5, 13, 0]],
    stable: [[5, 10, 152]],
    what: 'types FLOAT',
    source: 'db16c1fe92d7 "bpf: Generate BTF_KIND_FLOAT when linking vmlinux"',
  },
  {
    flags: '-j',
    pahole: [122],
    kernel: [[5, 18, 0]],
    what: 'a thread for each processor',
    source: 'b4f72786429c "scripts/pahole-flags.sh: Parse DWARF and generate BTF with multithreading."',
  },
  {
    flags: '--skip_encoding_btf_enum64',
    pahole: [124],
    // No mainline release has it: only those that are older than ENUM64 and still cared for.
    kernel: [
      [5, 19, 8],
      [6, 0, 0],
    ],
    stable: [
      [5, 10, 152],
      [5, 15, 66],
    ],
    what: 'no ENUM64, which kernels read from 6.0 on',
    source: '"kbuild: Add skip_encoding_btf_enum64 option to pahole", in 5.10.152, 5.15.66 and 5.19.8',
  },
  {
    flags: '--lang_exclude=rust',
    pahole: [124],
    kernel: [[6, 2, 0]],
    stable: [[6, 1, 75]],
    what: 'no units of Rust, whose structs the kernel refuses',
    source: 'c1177979af9c "btf, scripts: Exclude Rust CUs with pahole"',
  },
  {
    flags: '--skip_encoding_btf_inconsistent_proto --btf_gen_optimized',
    pahole: [125],
    kernel: [[6, 5, 0]],
    stable: [
      [5, 15, 149],
      [6, 1, 75],
    ],
    what: 'functions that the compiler changed under their plain name; none whose prototypes differ',
    source:
      '7b99f75942da "bpf: Add --skip_encoding_btf_inconsistent_proto, --btf_gen_optimized to pahole flags"',
  },
];

/** What kernels from 6.10 on pass to pahole from 1.26 on, in place of the flags that say the same. */
export const FEATURE_FLAGS: readonly FlagRow[] = [
  {
    flags: '-j',
    pahole: [126],
    kernel: [[6, 10, 0]],
    what: 'a thread for each processor',
    source: 'scripts/Makefile.btf',
  },
  {
    flags: `--btf_features=${FEATURES}`,
    pahole: [126],
    kernel: [
      [6, 10, 0],
      [6, 11, 0],
    ],
    what: 'the kinds and the choice of functions',
    source: 'scripts/Makefile.btf of 6.10',
  },
  {
    flags: `--btf_features=${FEATURES},decl_tag_kfuncs`,
    pahole: [126],
    kernel: [
      [6, 11, 0],
      [7, 3, 0],
    ],
    what: 'and the tag bpf_kfunc, which pahole knows from 1.27 on',
    source: 'ebb79e96f1ea',
  },
  {
    flags: `--btf_features=${FEATURES}`,
    pahole: [126],
    kernel: [[7, 3, 0]],
    what: 'the tags are now resolve_btfids’ part',
    source: 'scripts/Makefile.btf after 7.2',
  },
  {
    flags: '--btf_features=attributes',
    pahole: [130],
    kernel: [
      [6, 16, 0],
      [7, 3, 0],
    ],
    what: 'attributes such as address_space as tags with kflag',
    source: '21cb33c7e065 "kbuild, bpf: Enable --btf_features=attributes"',
  },
  {
    flags: '--btf_features=layout',
    pahole: [131],
    kernel: [[7, 1, 0]],
    what: 'a layout section; the tag v1.31 does not know it',
    source: 'scripts/Makefile.btf of 7.1',
  },
  {
    flags: '--lang_exclude=rust',
    pahole: [126],
    kernel: [[6, 10, 0]],
    what: 'no units of Rust',
    source: 'scripts/Makefile.btf',
  },
  {
    flags: '--btf_features=distilled_base',
    pahole: [126],
    kernel: [
      [6, 11, 0],
      [6, 15, 0],
    ],
    external: true,
    what: '.BTF.base, which pahole knows from 1.28 on',
    source: 'scripts/Makefile.btf of 6.11',
  },
  {
    flags: '--btf_features=distilled_base',
    pahole: [128],
    kernel: [
      [6, 15, 0],
      [7, 0, 0],
    ],
    external: true,
    what: '.BTF.base',
    source: 'scripts/Makefile.btf of 6.17',
  },
];

/** First release with features in place of flags, and the first pahole that gets them. */
const FEATURES_SINCE: KernelNumbers = [6, 10, 0];
const FEATURES_PAHOLE = 126;

/** Does the row's release, or one of its point releases, cover this one? */
function covers({ kernel: [since, until], stable = [] }: FlagRow, release: KernelNumbers): boolean {
  if (until !== undefined && compareKernels(release, until) >= 0) return false;
  return reaches(release, since, stable);
}

function reaches(
  release: KernelNumbers,
  since: KernelNumbers,
  stable: readonly KernelNumbers[] = [],
): boolean {
  if (compareKernels(release, since) >= 0) return true;
  return stable.some(
    ([major, minor, patch]) => major === release[0] && minor === release[1] && release[2] >= patch,
  );
}

/**
 * The flags that the scripts of this kernel pass to this pahole, in their order; for modules out of tree those that
 * come on top as well. Empty before 5.2, where there is no BTF of kernels.
 */
export function flagRows(release: string, pahole: number, external = false): FlagRow[] {
  const numbers = kernelNumbers(release);
  if (numbers === undefined || compareKernels(numbers, [5, 2, 0]) < 0) return [];
  const features = pahole >= FEATURES_PAHOLE && compareKernels(numbers, FEATURES_SINCE) >= 0;
  return (features ? FEATURE_FLAGS : FLAGS).filter(row => {
    const [from, to = Number.POSITIVE_INFINITY] = row.pahole;
    return pahole >= from && pahole <= to && covers(row, numbers) && (external || row.external !== true);
  });
}

/** The form of a kernel's build stage; undefined before there was one. */
export function designOf(release: string): BuildDesign | undefined {
  const numbers = kernelNumbers(release);
  return numbers && DESIGNS.findLast(({ since, stable }) => reaches(numbers, since, stable));
}

/** The oldest pahole that the build takes; undefined before 5.2. */
export function oldestPahole(release: string): number | undefined {
  const numbers = kernelNumbers(release);
  return numbers && OLDEST_PAHOLE.findLast(({ since }) => compareKernels(numbers, since) >= 0)?.pahole;
}
