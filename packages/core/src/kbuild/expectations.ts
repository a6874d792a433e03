import { flagRows, oldestPahole } from './flags.js';
import { compareKernels, type KernelNumbers, kernelNumbers, paholeText } from './version.js';

/** Something that is known of a pair of kernel and pahole. */
export interface Expectation {
  /** Id of the doctor's check that finds it; '' where none does. */
  readonly check: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly text: string;
  /** Flags to pass beyond those of the scripts. */
  readonly add?: string;
  /** Where it holds under a condition only: a compiler, an option. */
  readonly when?: string;
}

interface Pair {
  readonly kernel: KernelNumbers;
  readonly release: string;
  readonly pahole: number;
  /** All flags of the scripts in one line. */
  readonly flags: string;
}

/** A row of the table: what holds for which pairs. */
interface Row extends Expectation {
  readonly applies: (pair: Pair) => boolean;
}

const from = ({ kernel }: Pair, major: number, minor: number) =>
  compareKernels(kernel, [major, minor, 0]) >= 0;
const before = (pair: Pair, major: number, minor: number) => !from(pair, major, minor);
const writesEnum64 = (pair: Pair) =>
  pair.pahole >= 124 && before(pair, 6, 0) && !pair.flags.includes('skip_encoding_btf_enum64');

/** What is known to break, and what to look out for; the worst first within a severity. */
const TABLE: readonly Row[] = [
  {
    check: 'S01',
    severity: 'error',
    text: 'pahole from 1.24 on writes ENUM64, which the libbpf of this kernel tree does not know: the build ends with "FAILED: load BTF from vmlinux: Unknown error -22"',
    add: '--skip_encoding_btf_enum64',
    applies: p => from(p, 5, 9) && writesEnum64(p),
  },
  {
    check: 'S70',
    severity: 'error',
    text: 'kfuncs with implicit arguments keep them, because this pahole does not write the tag bpf_kfunc: sched_ext schedulers and others do not load ("func_proto incompatible with vmlinux")',
    applies: p => p.pahole < 127 && from(p, 7, 0) && before(p, 7, 3),
  },
  {
    check: 'S07',
    severity: 'error',
    text: 'pahole 1.18 stops, or crashes, at a per-CPU symbol of size 0 (arm64 has some)',
    add: '--skip_encoding_btf_vars',
    applies: p => p.pahole === 118 && !p.flags.includes('skip_encoding_btf_vars'),
  },
  {
    check: 'S08',
    severity: 'error',
    text: 'per-CPU variables of size 0 go into the BTF, and the kernel refuses all of it at boot',
    add: '--skip_encoding_btf_vars',
    applies: p => p.pahole >= 119 && p.pahole <= 121 && !p.flags.includes('skip_encoding_btf_vars'),
  },
  {
    check: 'S13',
    severity: 'error',
    when: 'LTO (CONFIG_LTO_CLANG_THIN or _FULL)',
    text: 'pahole 1.27 crashes on modules; 1.26 and 1.28 do not',
    applies: p => p.pahole === 127 && from(p, 5, 12),
  },
  {
    check: 'S10',
    severity: 'error',
    when: 'binutils 2.40 or later',
    text: 'the assembler writes DW_TAG_unspecified_type, which this pahole does not know: it stops, or deduplication fails (S04)',
    applies: p => p.pahole < 125,
  },
  {
    check: 'S32',
    severity: 'error',
    when: 'CONFIG_RUST',
    text: 'no BTF: Kconfig takes one of the two only, because units of Rust would not be left out, and their structs make the kernel refuse the BTF',
    applies: p => from(p, 6, 1) && !p.flags.includes('lang_exclude=rust'),
  },
  {
    check: 'S33',
    severity: 'error',
    text: 'the kernel would refuse its own BTF at boot, for ENUM64 (S35) and the kflag that signed enums have beside it',
    add: '--skip_encoding_btf_enum64',
    applies: writesEnum64,
  },
  {
    check: 'S35',
    severity: 'note',
    when: 'clang, and sources that have btf_decl_tag taken back',
    text: 'there are DECL_TAGs in the BTF, which kernels know from 5.16 on',
    add: '--skip_encoding_btf_decl_tag',
    applies: p => p.pahole >= 123 && before(p, 5, 16),
  },
  {
    check: 'S35',
    severity: 'note',
    when: 'clang, and sources that have btf_type_tag taken back',
    text: 'there are TYPE_TAGs in the BTF, which kernels know from 5.17 on',
    add: '--skip_encoding_btf_type_tag',
    applies: p => p.pahole >= 123 && before(p, 5, 17),
  },
  {
    check: 'S45',
    severity: 'warning',
    text: 'no BTF for modules: split BTF needs pahole 1.19',
    applies: p => p.pahole < 119 && from(p, 5, 11),
  },
  {
    check: 'S77',
    severity: 'warning',
    text: 'no tags bpf_kfunc, though the build asks for them: bpftool writes no prototypes of kfuncs into vmlinux.h',
    applies: p => p.pahole < 127 && from(p, 6, 11) && before(p, 7, 0),
  },
  {
    check: 'S77',
    severity: 'warning',
    text: 'pahole 1.30 leaves some kfuncs without their tag: in kernels 7.0 to 7.2 these keep their implicit arguments (18 of 68 of sched_ext)',
    applies: p => p.pahole === 130 && from(p, 6, 11) && before(p, 7, 3),
  },
  {
    check: '',
    severity: 'warning',
    text: 'modules out of tree get no .BTF.base, though the build asks for it (pahole has distilled_base from 1.28 on): they fit this very kernel only',
    applies: p => p.pahole >= 126 && p.pahole < 128 && from(p, 6, 11) && before(p, 6, 15),
  },
  {
    check: '',
    severity: 'warning',
    text: 'modules out of tree get no .BTF.base: they fit this very kernel only; pahole from 1.28 on makes one',
    applies: p =>
      p.pahole < 128 && from(p, 6, 11) && before(p, 7, 0) && !(p.pahole >= 126 && before(p, 6, 15)),
  },
  {
    check: 'S22',
    severity: 'warning',
    text: 'with -j the order of types, and their ids, differ from build to build; --btf_features=+reproducible_build (1.27, 1.28) or -j1 mend that, 1.29 needs neither',
    applies: p => p.pahole >= 124 && p.pahole < 129 && p.flags.includes('-j'),
  },
  {
    check: 'S72',
    severity: 'warning',
    text: 'no per-CPU variables in the BTF: programs cannot name them with their type',
    applies: p => p.flags.includes('skip_encoding_btf_vars'),
  },
  {
    check: 'N07',
    severity: 'warning',
    when: 'a cross build for a big-endian machine',
    text: 'pahole after the tag v1.31 writes a header of 32 bytes, which resolve_btfids of this kernel does not swap',
    applies: p => p.pahole >= 131 && before(p, 7, 1),
  },
  {
    check: '',
    severity: 'note',
    text: 'RHEL and its like take scripts, libbpf and verifier of newer kernels back: what is said here is of the release that the version names; look at the scripts of the tree as well',
    applies: p => /\.el\d/.test(p.release),
  },
  {
    check: 'S73',
    severity: 'note',
    text: 'functions whose parameters the compiler removed are in the BTF with prototypes that are wrong; pahole from 1.25 on leaves them out',
    applies: p => p.pahole < 125 && from(p, 5, 5),
  },
  {
    check: 'S03',
    severity: 'note',
    text: 'memory: up to 6 or 7 GB',
    applies: p => p.pahole < 127 && p.flags.includes('-j'),
  },
  {
    check: 'S03',
    severity: 'note',
    text: 'memory: some 2 GB',
    applies: p => p.pahole >= 127 && p.pahole < 129,
  },
  {
    check: '',
    severity: 'note',
    text: 'memory: about 1 GB',
    applies: p => p.pahole >= 129,
  },
  {
    check: 'S85',
    severity: 'note',
    text: 'the tag v1.31 has no layout and ignores it; a later state of the repository has it and still calls itself 1.31',
    applies: p => p.pahole === 131 && from(p, 7, 1),
  },
  {
    check: 'S83',
    severity: 'note',
    text: 'types are sorted by name after pahole: BTF that is put in by hand has to be sorted as well (btfkit sort)',
    applies: p => from(p, 7, 0),
  },
  {
    check: '',
    severity: 'note',
    text: 'attributes (address_space and others) are tags with kflag, which kernels before 6.15 refuse: this BTF is for this kernel only',
    applies: p => p.flags.includes('attributes'),
  },
  {
    check: 'N08',
    severity: 'note',
    text: 'built with the libbpf of its submodule at dd92bef7, pahole repeats typedefs of vmlinux in modules, which become several times as large',
    applies: p => p.pahole >= 131 && from(p, 5, 11),
  },
];

/** What to expect of a pair, errors first. `pahole` as kernels count: 125. */
export function expectationsOf(release: string, pahole: number): Expectation[] {
  const kernel = kernelNumbers(release);
  if (kernel === undefined) return [];
  if (oldestPahole(release) === undefined) return tooOld(release, pahole);
  const flags = flagRows(release, pahole, true)
    .map(row => row.flags)
    .join(' ');
  const pair = { kernel, release, pahole, flags };
  return [...tooOld(release, pahole), ...TABLE.filter(row => row.applies(pair)).map(expectation)];
}

function tooOld(release: string, pahole: number): Expectation[] {
  const oldest = oldestPahole(release);
  if (oldest === undefined) {
    return [{ check: '', severity: 'error', text: 'kernels before 5.2 have no BTF of their own' }];
  }
  if (pahole >= oldest) return [];
  const text = `the build wants pahole ${paholeText(oldest)} at least, and refuses ${paholeText(pahole)}, or leaves BTF out without a word`;
  return [{ check: 'S06', severity: 'error', text }];
}

function expectation({ applies, ...rest }: Row): Expectation {
  return rest;
}
