import type { Check } from '../check.js';
import { versions } from '../scene.js';

export const emptyModuleBtf: Check = {
  id: 'S44',
  title: 'the BTF of a module is a header and nothing else',
  stage: 'load',
  severity: 'note',
  texts: ['read string section: string table is empty', 'string table is empty'],
  looksAt: 'modules whose BTF has neither types nor strings',
  means:
    'A module that is written in assembly only (aesni_intel, sha1_ssse3) has no types of its own: its BTF is a header of 24 bytes. That is sound. cilium/ebpf before 0.20 stops at it.',
  causes: [
    {
      what: 'a reader that takes an empty blob for a broken one',
      remedy: 'cilium/ebpf 0.20 or newer; or unload the module',
    },
  ],
  affects: 'cilium/ebpf before 0.20',
  source: ['cilium/ebpf#1818', 'cilium/ebpf#1837', 'cilium/ebpf#1902'],
  *inFile(subject) {
    const { btf } = subject;
    if ((subject.kind !== 'module' && subject.kind !== 'btf') || btf === undefined || btf.length < 24) return;
    const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength);
    const little = btf[0] === 0x9f;
    if (view.getUint32(12, little) !== 0 || view.getUint32(20, little) !== 0) return;
    yield { where: subject.path, seen: `BTF of ${btf.length} bytes, without types and strings` };
  },
};

export const noModuleBtf: Check = {
  id: 'S45',
  title: 'modules have no BTF, although the configuration asks for it',
  stage: 'load',
  severity: 'warning',
  texts: [
    '/sys/kernel/btf/{module:w}: No such file or directory',
    "'/sys/kernel/btf/{module:w}': No such file or directory",
    'Error: failed to load BTF from /sys/kernel/btf/{module:w}: No such file or directory',
  ],
  looksAt: 'modules without .BTF beside CONFIG_DEBUG_INFO_BTF_MODULES=y',
  means:
    'A loaded module has no file in /sys/kernel/btf when its .ko has no BTF: programs cannot use its types, functions and kfuncs.',
  causes: [
    {
      what: 'packaging stripped it (INSTALL_MOD_STRIP, brp-strip with -R or --strip-all)',
      tell: 'the module in the build tree has .BTF, the installed one has not',
      remedy: 'strip with --strip-debug, which keeps .BTF',
    },
    { what: 'CONFIG_DEBUG_INFO_BTF_MODULES is off', tell: 'no module has it', remedy: 'switch it on' },
    {
      what: 'pahole before 1.19, which knows no split BTF',
      tell: '`pahole --version`',
      remedy: 'pahole 1.19 or newer',
    },
    {
      what: 'the step that makes it was left out: a module out of tree without vmlinux, or a build that went on after a failure',
      tell: 'the module has DWARF; "Skipping BTF generation" in the log of its build (S21)',
      remedy: 'build it with vmlinux at hand; `btfkit gen --base vmlinux MODULE.ko`',
    },
  ],
  affects: 'kernels from 5.11',
  source: ['microsoft/azurelinux#13813', 'iovisor/bcc#5040'],
  after: ['S21', 'S20'],
  *inFile(subject, scene) {
    if (subject.kind !== 'module' || subject.btfState === 'present' || subject.elf === undefined) return;
    if (scene.config?.get('DEBUG_INFO_BTF_MODULES') !== 'y') return;
    const isStripped = subject.elf.symbols() === undefined || subject.dwarf === undefined;
    const how = [`CONFIG_DEBUG_INFO_BTF_MODULES=y in ${scene.config.path}`];
    if (subject.dwarf !== undefined) how.push('it has DWARF, so that BTF can be made');
    yield {
      where: subject.path,
      seen: subject.btfState === 'absent' ? 'no .BTF section' : `its .BTF has ${subject.btfState}`,
      how: [...how, ...versions(scene)],
      cause: scene.pahole !== undefined && scene.pahole.value < 119 ? 2 : isStripped ? 0 : 3,
    };
  },
};

export const noSysfsFile: Check = {
  id: 'N16',
  title: 'the BTF of a module gets no file in /sys/kernel/btf',
  stage: 'load',
  severity: 'warning',
  texts: [
    'failed to register module [{module:w}] BTF in sysfs: -{errno:d}',
    "cannot create duplicate filename '/kernel/btf/{module:w}'",
  ],
  looksAt: '',
  means:
    'The kernel took the BTF of {module|the module}, and could not make /sys/kernel/btf/{module|NAME} (-17, EEXIST: there is one). The module runs and its kfuncs are registered; tools that read the file do not see its types.',
  causes: [
    {
      what: 'the file of an earlier load of the module is still there: it is loaded twice at once, or was not taken away completely',
      tell: 'the file is in /sys/kernel/btf while lsmod does not show the module',
      remedy: 'reboot; load it once',
    },
    {
      what: 'another module has the same name',
      tell: '`lsmod` shows that name, of another file',
      remedy: 'rename one of the two',
    },
  ],
  affects: 'kernels from 5.11',
  source: ['kernel/bpf/btf.c, btf_module_notify'],
};
