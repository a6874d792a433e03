import type { Check, Proof } from '../check.js';
import { refusalOf, releaseFor } from '../judgement.js';
import { isFrom, type Scene } from '../scene.js';
import type { Subject } from '../subject.js';
import { misledIds } from './btf-ids.js';
import { refusalProof, refusedAs } from './refused.js';
import { REGISTER } from './registration.js';

const REBUILD =
  'build vmlinux and the modules in one go and install both, or install the packages of one version again; then `depmod` and a new initramfs';
const STRIP =
  'to load it in spite of that, without BTF: objcopy -R .BTF MODULE.ko, or a kernel with CONFIG_MODULE_ALLOW_BTF_MISMATCH';

export const moduleMismatch: Check = {
  id: 'S30',
  title: 'the BTF of a module does not fit the running kernel',
  stage: 'load',
  severity: 'error',
  texts: [
    'failed to validate module [{module:w}] BTF: -{errno:d}',
    'BPF:{said}Invalid name',
    '^Invalid name$',
    { text: 'could not insert module {module:w}: Invalid argument', vague: true },
    { text: 'could not insert module {module:w}: Invalid parameters', vague: true },
    { text: "could not insert '{module:w}': Invalid argument", vague: true },
    { text: "can't insert '{module:w}': invalid parameter", vague: true },
    { text: 'insmod: Invalid parameters', vague: true },
    { text: 'insmod: Invalid argument', vague: true },
  ],
  looksAt: "each module's BTF on the vmlinux at hand, as the kernel reads it",
  means:
    'The BTF of {module|a module} is split: its ids and names count on from those of the vmlinux that it was built with. On another vmlinux they point elsewhere, the names begin in the middle of words, and the kernel refuses the module (-{errno|22}); insmod says only "Invalid parameters" or "Invalid argument".',
  causes: [
    {
      what: 'the module was built against another kernel, or another build of this one of the same version',
      tell: 'the build ids of vmlinux differ; `btfkit doctor vmlinux MODULE.ko` shows the first type that does not fit',
      remedy: REBUILD,
    },
    {
      what: 'a module from DKMS or out of tree that was not rebuilt, or was built with a copy of another BTF as vmlinux',
      tell: 'only that module fails',
      remedy:
        'rebuild it; with pahole 1.28 or newer and kernels from 6.11 such modules get .BTF.base and fit more than one kernel (`btfkit gen --distill`)',
    },
    {
      what: 'vmlinux got its BTF once more after the modules were made (a stripped or rewritten vmlinux, BTF sorted later)',
      tell: 'all modules fail',
      remedy: REBUILD,
    },
  ],
  affects: 'kernels from 5.11 on',
  source: [
    'kernel/bpf/btf.c, btf_parse_module',
    'Rust-for-Linux/linux#495',
    'pop-os/pop#3961',
    'umlaeute/v4l2loopback#596',
    'immortalwrt#1108',
  ],
  after: ['S08', 'S31', 'S32', 'S33', 'S34', 'S35', 'S36', 'S37', 'S41', 'S42', 'N15', 'N17'],
  *inFile(subject, scene) {
    const refusal = refusalOf(subject, scene);
    if (refusal?.check !== 'S30' || subject.base !== undefined) return;
    yield { ...pairProof(refusalProof(refusal, subject, scene), subject, scene), remedy: [REBUILD, STRIP] };
  },
};

/** With what the two files say of themselves. */
function pairProof(proof: Proof, subject: Subject, { vmlinux, config }: Scene): Proof {
  const own = subject.modinfo.get('vermagic');
  const other = vmlinux?.release;
  const pair = [`read on ${vmlinux?.path}${other === undefined ? '' : `, which says ${other}`}`];
  if (own !== undefined) pair.push(`vermagic of the module: ${own.trim()}`);
  if (config?.get('MODULE_ALLOW_BTF_MISMATCH') === 'y')
    pair.push('with CONFIG_MODULE_ALLOW_BTF_MISMATCH it loads without its BTF (S38)');
  // Another release says it all; one of the same name may be another build all the same.
  if (own !== undefined && other !== undefined && !own.startsWith(`${other} `))
    return { ...proof, how: [...proof.how!, pair.join('; ')], cause: 0 };
  const misled = vmlinux === undefined ? [] : misledIds(vmlinux, undefined);
  if (misled.length > 0) pair.push(`ids in .BTF_ids of ${vmlinux?.path} are those of another BTF (N17)`);
  return { ...proof, how: [...proof.how!, pair.join('; ')], cause: misled.length > 0 ? 2 : undefined };
}

export const smallerBase: Check = {
  id: 'S31',
  title: 'the BTF of a module was made on a larger vmlinux than this one',
  stage: 'load',
  severity: 'error',
  texts: [
    'BPF: [{type:d}] Invalid name_offset:{offset:d}',
    'Invalid name_offset:{offset:d}',
    'Invalid member name_offset:{offset:d}',
  ],
  looksAt: 'name offsets of a module past the strings of vmlinux and its own',
  means:
    'A name of the module is said to stand at {offset|an offset}, past the end of all strings: the vmlinux that it was built with had more of them than the one that runs.',
  causes: [
    {
      what: 'module and kernel are of different builds',
      remedy: REBUILD,
    },
  ],
  affects: 'kernels from 5.11 on',
  source: ['oracle/bpftune#68', 'kernel/bpf/btf.c, btf_check_meta'],
  after: ['N15', 'N17'],
  *inFile(subject, scene) {
    for (const proof of refusedAs('S31', subject, scene))
      yield { ...pairProof(proof, subject, scene), remedy: [REBUILD, STRIP] };
  },
};

export const mismatchAllowed: Check = {
  id: 'S38',
  title: 'a module runs without its BTF, and its kfuncs are dead',
  stage: 'load',
  severity: 'warning',
  texts: [
    'Kernel module BTF mismatch detected, BTF debug info may be unavailable for some modules',
    'Kernel module BTF mismatch detected',
    'missing module BTF, cannot register kfunc',
    'missing module BTF, cannot register dtor kfunc',
  ],
  looksAt:
    'CONFIG_MODULE_ALLOW_BTF_MISMATCH together with a module whose BTF does not fit; modules without BTF that register kfuncs',
  means:
    'A module without BTF loads, and so does one whose BTF does not fit, when the kernel was built with CONFIG_MODULE_ALLOW_BTF_MISMATCH: it drops the BTF. Registering kfuncs then returns 0 and does nothing; programs that call them are refused.',
  causes: [
    {
      what: 'module and vmlinux are not of one build, and CONFIG_MODULE_ALLOW_BTF_MISMATCH lets it load without its BTF',
      tell: 'the log says "Kernel module BTF mismatch detected"',
      remedy: REBUILD,
    },
    {
      what: 'the module has no BTF: it was built without vmlinux, or stripped of it',
      tell: '"Skipping BTF generation" in the log of its build; no .BTF section',
      remedy: 'build it with vmlinux at hand; `btfkit gen --base /sys/kernel/btf/vmlinux MODULE.ko`',
    },
  ],
  affects: 'kernels from 5.18; with CONFIG_MODULE_ALLOW_BTF_MISMATCH above all',
  source: ['luainkernel/lunatik#189', 'kernel/bpf/btf.c, btf_module_notify'],
  *inFile(subject, scene) {
    if (subject.kind !== 'module') return;
    if (subject.btf === undefined && isFrom(scene, 5, 18)) yield* deadKfuncs(subject);
    if (scene.config?.get('MODULE_ALLOW_BTF_MISMATCH') !== 'y') return;
    const refusal = refusalOf(subject, scene);
    if (refusal === undefined) return;
    yield { ...refusalProof(refusal, subject, scene), cause: 0 };
  },
};

/** A module whose register calls come to nothing, because it has no BTF. */
function* deadKfuncs({ path, imports, btfState }: Subject): Iterable<Proof> {
  const call = REGISTER.find(name => imports.has(name));
  if (call === undefined) return;
  yield { where: path, seen: `it calls ${call}, and its .BTF is ${btfState}`, cause: 1 };
}

/** Modules of file systems and names that an early boot mounts with. */
const FOR_BOOT =
  /^(nls_\w+|v?fat|exfat|ext4|btrfs|xfs|f2fs|overlay|loop|dm_\w+|nvme\w*|ahci|sd_mod|virtio_\w+)$/;

export const bootFails: Check = {
  id: 'S43',
  title: 'the system does not come up, because a module for its file systems is refused',
  stage: 'load',
  severity: 'error',
  texts: [
    { text: 'You are in emergency mode', vague: true },
    { text: 'Failed to mount /boot/efi', vague: true },
    { text: "mount: {where:w}: unknown filesystem type 'vfat'", vague: true },
    { text: 'emergency.target', vague: true },
  ],
  looksAt: 'refused modules among those that a boot needs (vfat, nls_*, drivers of disks)',
  means:
    'A module that is needed to mount (/boot/efi wants vfat and nls_*) was refused because its BTF does not fit, and the system ends in emergency mode.',
  causes: [
    {
      what: 'kernel and modules, or kernel and initramfs, are not of one build',
      tell: '`dmesg | grep "failed to validate module"`',
      remedy: `boot an older kernel; ${REBUILD}`,
    },
  ],
  affects: 'kernels from 5.11 on',
  source: ['pop-os/pop#3961', 'Rust-for-Linux/linux#495'],
  after: ['S30', 'S31', 'S41', 'S42'],
  *inFile(subject, scene) {
    if (subject.kind !== 'module' || !FOR_BOOT.test(subject.moduleName)) return;
    if (scene.config?.get('MODULE_ALLOW_BTF_MISMATCH') === 'y') return;
    const refusal = refusalOf(subject, scene);
    if (refusal === undefined) return;
    yield {
      where: subject.path,
      seen: `${subject.moduleName} is needed early, and would be refused`,
      how: [refusal.message.trim()],
    };
  },
};

export const splitAlone: Check = {
  id: 'S46',
  title: 'split BTF is read without its base, or on another',
  stage: 'load',
  severity: 'error',
  texts: [
    'Malformed BTF string section, did you forget to provide base BTF?',
    'libbpf: Malformed BTF string section',
    "Failed to parse base BTF '{file:w}': -{errno:d}",
  ],
  looksAt: 'split BTF for which no vmlinux is at hand, or whose ids and names run past the end of that one',
  means:
    'The blob is that of a module: it has no types of its own that others stand on, and its strings go on from those of vmlinux. A reader must be told which vmlinux.',
  causes: [
    {
      what: 'the base was not named',
      tell: 'the command has no --btf_base, -B or --base',
      remedy: 'name it: pahole --btf_base vmlinux, bpftool -B, btfkit --base',
    },
    {
      what: 'the base is another than at the build: vmlinux for vmlinux.unstripped, or its BTF was rewritten or sorted after the modules were encoded',
      tell: '`btfkit verify MODULE.ko --base vmlinux` refuses it',
      remedy: REBUILD,
    },
  ],
  affects: 'all',
  source: ['libbpf, btf_parse_str_sec', 'pocknix-os#92'],
  *inFile(subject, scene) {
    if (subject.kind === 'program' || !subject.isSplit || subject.base !== undefined) return;
    // One that cannot be read is told of already.
    if (scene.vmlinux !== undefined || scene.files.has('vmlinux')) return;
    const how = [`a ${releaseFor(subject, scene)} kernel would read it on its own BTF`];
    const note = subject.release === undefined ? [] : [`vermagic says ${subject.release}`];
    yield {
      where: subject.path,
      seen: 'its BTF is split, and no vmlinux was named',
      how: [...note, ...how],
      cause: 0,
      severity: 'note',
      remedy: ['name the vmlinux as well: btfkit doctor vmlinux MODULE.ko'],
    };
  },
};
