import { Tag } from '../../dwarf/index.js';
import { paholeText } from '../../kbuild/index.js';
import type { Check } from '../check.js';
import { isFrom, versions } from '../scene.js';

export const outOfMemory: Check = {
  id: 'S03',
  title: 'pahole was killed, most likely for want of memory',
  stage: 'build',
  severity: 'error',
  texts: [
    '{script:w}: line {line:w}: {pid:w} Killed',
    'Killed{blank}LLVM_OBJCOPY={how}',
    'Out of memory: Killed process {pid:d} (pahole)',
    'oom-kill:constraint={what}task=pahole',
    'pahole: insufficient memory for processing {file}, skipping it',
    'pahole: out of memory!',
    { text: ': vmlinux] Error 137', vague: true },
    { text: ': vmlinux.unstripped] Error 137', vague: true },
  ],
  looksAt: '.tmp_vmlinux* whose .BTF is absent or empty while vmlinux is there, and the version of pahole',
  means:
    'The kernel of the build machine killed pahole (signal 9). With -j, it holds the DWARF of many units and one encoder a thread: 6 to 7 GB were seen with 1.25, some 2 GB with 1.27, about 1 GB from 1.30 on.',
  causes: [
    {
      what: 'not enough memory, or a limit of the container',
      tell: 'dmesg of the build machine has "Out of memory: Killed process … (pahole)"',
      remedy:
        'pahole 1.29 or newer; fewer threads (make -j, or PAHOLE_FLAGS with -j1); swap; or `btfkit encode`, which takes about half a gigabyte for a whole kernel',
    },
  ],
  affects: 'pahole before 1.29, machines and CI runners with less than 8 GB',
  source: ['Frogging-Family/linux-tkg#142', 'acmel/dwarves#55', 'armbian/build#7675'],
  *inFile(subject, scene) {
    if (!/(^|\/)\.tmp_vmlinux[^/]*$/.test(subject.path) || subject.kind !== 'vmlinux') return;
    if (!/btf|_vmlinux1$/.test(subject.path) || subject.btfState === 'present') return;
    if (scene.config?.get('DEBUG_INFO_BTF') !== 'y' || isFrom(scene, 7, 0) || subject.dwarf === undefined)
      return;
    yield {
      where: subject.path,
      seen: `it has DWARF and ${subject.btfState === 'absent' ? 'no .BTF section' : 'an empty .BTF section'}: pahole did not come to its end here`,
      how: versions(scene),
    };
  },
};

export const dedupFailed: Check = {
  id: 'S04',
  title: 'pahole could not put the types together, or deduplicate them',
  stage: 'build',
  severity: 'error',
  texts: [
    'btf_encoder__encode: btf__dedup failed!',
    'Failed to encode BTF',
    'btf__dedup failed',
    'Error while encoding BTF.',
    'Error creating BTF encoder.',
    'error: failed to encode {what}',
  ],
  looksAt: 'DWARF that pahole before 1.25 stumbles over (DW_TAG_unspecified_type), with its version',
  means:
    'The DWARF has something that this pahole does not handle; most often, the libbpf inside it refuses the types that pahole itself had collected, because ids lead nowhere.',
  causes: [
    {
      what: 'pahole before 1.25 with units of GCC 13 or assembled by binutils 2.40 and later',
      tell: '`pahole --version` says 1.24 or older',
      remedy: 'pahole 1.25 or newer',
    },
    {
      what: 'types that refer to themselves through typedefs only, as Go programs have them',
      tell: 'the file is a program written in Go',
      remedy: 'a pahole with libbpf from December 2025 (37027144) or later',
    },
  ],
  affects: 'pahole before 1.25; before 1.31 for Go programs',
  source: ['Frogging-Family/linux-tkg#741', 'acmel/dwarves#60'],
  after: ['S07', 'S09', 'S10', 'S15', 'S16'],
  *inFile(subject, scene, said) {
    const { pahole } = scene;
    if (!said || pahole === undefined || pahole.value >= 125 || pahole.value === 0) return;
    if (!subject.dwarf?.tags.has(Tag.unspecified_type)) return;
    yield {
      where: subject.path,
      seen: 'its DWARF has DW_TAG_unspecified_type, which binutils 2.40 and later write for assembly',
      how: [...versions(scene), `pahole ${paholeText(pahole.value)} does not know that tag`],
      cause: 0,
    };
  },
};

export const ltoCrash: Check = {
  id: 'S13',
  title: 'pahole 1.27 crashes on modules that were built with LTO',
  stage: 'build',
  severity: 'error',
  texts: [
    { text: 'Segmentation fault {dumped}pahole -J {flags}--btf_base', vague: true },
    { text: 'Makefile.modfinal:{line:d}: {module:w}] Segmentation fault', vague: true },
    { text: 'Makefile.modfinal:{line:d}: {module:w}] Error 139', vague: true },
  ],
  looksAt: 'CONFIG_LTO_CLANG together with CONFIG_PAHOLE_VERSION=127',
  means:
    'pahole 1.27 reads past the end of a table when units of a module refer to each other, as they do with LTO, and dies with SIGSEGV.',
  causes: [{ what: 'the release 1.27', remedy: 'pahole 1.28, or 1.26, or 1.27 with commit 6a2b27c0f512' }],
  affects: 'pahole 1.27 only, CONFIG_LTO_CLANG_THIN and _FULL',
  source: ['ClangBuiltLinux/linux#2032', 'pahole 6a2b27c0f512'],
  *inScene(scene) {
    const { config, pahole } = scene;
    if (pahole?.value !== 127 || config?.get('DEBUG_INFO_BTF_MODULES') !== 'y') return;
    const option = ['LTO_CLANG_THIN', 'LTO_CLANG_FULL', 'LTO_CLANG'].find(name => config.get(name) === 'y');
    if (option === undefined) return;
    yield { where: config.path, seen: `CONFIG_${option}=y`, how: versions(scene) };
  },
};

/** SHN_LORESERVE: from here on the number of sections does not fit e_shnum. */
const MOST_SECTIONS = 0xff00;

export const manySections: Check = {
  id: 'S14',
  title: 'pahole crashed, as older ones do on files with more than 65,280 sections',
  stage: 'build',
  severity: 'error',
  texts: [
    'Segmentation fault {dumped}pahole -J',
    'Segmentation fault {dumped}PAHOLE} -J',
    ".btf.vmlinux.bin' is empty",
    '.btf.vmlinux.bin is empty',
  ],
  looksAt: 'the number of sections of vmlinux and modules',
  means:
    'pahole died while it read {file|vmlinux}, and objcopy then found nothing to copy. Older ones do not read the number of sections where it stands when there are very many: e_shnum is 0 then, and the number is in the first section header.',
  causes: [
    {
      what: 'more than 65,280 sections, from -ffunction-sections and -fdata-sections (kpatch-build, LD_DEAD_CODE_DATA_ELIMINATION)',
      tell: '`readelf -h` says "Number of section headers: 0 (…)"',
      remedy: 'pahole 1.25 or newer, with libbpf from October 2022 (elf_getshdrnum) or later',
    },
    {
      what: 'another crash of this pahole',
      tell: 'the number of sections is small',
      remedy: 'a newer pahole; with 1.27 and LTO see S13',
    },
  ],
  affects: 'pahole and libbpf before October 2022',
  source: ['dynup/kpatch#1153', 'dynup/kpatch#1155'],
  after: ['S13', 'S07'],
  *inFile(subject, scene, said) {
    const count = subject.elf?.sections.length ?? 0;
    if (count < MOST_SECTIONS || (subject.kind !== 'vmlinux' && subject.kind !== 'module')) return;
    const isOld = scene.pahole !== undefined && scene.pahole.value > 0 && scene.pahole.value < 125;
    yield {
      where: subject.path,
      seen: `${count.toLocaleString('en')} sections, more than ${MOST_SECTIONS.toLocaleString('en')}`,
      how: [
        'e_shnum of the ELF header is 0, sh_size of the first section has the number',
        ...versions(scene),
      ],
      cause: 0,
      severity: said || isOld ? 'error' : 'warning',
    };
  },
};
