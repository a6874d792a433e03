import { kernelNumbers } from '../../kbuild/index.js';
import type { Check } from '../check.js';
import { judgedVmlinux, releaseFor } from '../judgement.js';
import { versions } from '../scene.js';
import { isResolved } from './btf-ids.js';

/** What a module calls to register kfuncs, and destructors of kptrs. */
export const REGISTER = ['register_btf_kfunc_id_set', 'register_btf_id_dtor_kfuncs'] as const;

export const noKernelTypes: Check = {
  id: 'S39',
  title: 'the kernel has no BTF of its own, so that nothing can be registered',
  stage: 'load',
  severity: 'error',
  texts: [
    'missing vmlinux BTF, cannot register kfuncs',
    'missing vmlinux BTF, cannot register dtor kfuncs',
    'missing vmlinux BTF',
  ],
  looksAt: 'modules that register kfuncs, beside a vmlinux without BTF or with BTF that its kernel refuses',
  means:
    'The running kernel has no BTF, or refused its own at boot; the reason stands in the log of the boot, in lines that begin with "BPF:". Kfuncs cannot be registered (-2).',
  causes: [
    {
      what: 'CONFIG_DEBUG_INFO_BTF is off',
      tell: 'there is no /sys/kernel/btf/vmlinux and no line "BPF:" at boot',
      remedy: 'build with CONFIG_DEBUG_INFO_BTF=y',
    },
    {
      what: 'the kernel refused its BTF',
      tell: 'a line "BPF: [N] …" at boot',
      remedy: '`btfkit verify vmlinux --as vmlinux` says which type and why',
    },
    {
      what: 'the option is on, and the build made no BTF, or it was lost',
      tell: 'CONFIG_DEBUG_INFO_BTF=y in /proc/config.gz, and no /sys/kernel/btf/vmlinux',
      remedy: 'see S02',
    },
  ],
  affects: 'kernels from 5.18',
  source: ['kernel/bpf/btf.c, register_btf_kfunc_id_set'],
  after: ['S08', 'S32', 'S33', 'S34', 'S35', 'S36', 'S37', 'N01', 'S02'],
  *inFile(subject, scene) {
    const { vmlinux } = scene;
    if (subject.kind !== 'module' || vmlinux === undefined || vmlinux.kind === 'btf') return;
    const wanted = REGISTER.find(name => subject.imports.has(name));
    if (wanted === undefined) return;
    const refused = judgedVmlinux(vmlinux, releaseFor(vmlinux, scene));
    if (refused?.accepted) return;
    const why =
      refused === undefined ? `${vmlinux.path} has no BTF` : `${vmlinux.path}: ${refused.message.trim()}`;
    yield {
      where: subject.path,
      seen: `it calls ${wanted}`,
      how: [why, ...versions(scene)],
      cause: refused !== undefined ? 1 : scene.config?.get('DEBUG_INFO_BTF') === 'y' ? 2 : 0,
    };
  },
};

export const setWithoutFlag: Check = {
  id: 'S40',
  title: 'a set of kfuncs was begun with BTF_SET8_START, and is refused without a word',
  stage: 'load',
  severity: 'error',
  texts: [
    'register_btf_kfunc_id_set{what}-22',
    'register_btf_kfunc_id_set failed: -{errno:d}',
    { text: 'could not insert module {module:w}: Invalid parameters', vague: true },
    { text: 'insmod: Invalid parameters', vague: true },
    { text: '^Invalid parameters$', vague: true },
    'Failed to register kfunc{what}-22',
  ],
  looksAt: 'the flags of each set8 in .BTF_ids of modules for kernels from 6.9 on',
  means:
    'From 6.9 on the kernel takes a set of kfuncs only when its first flag says that it is one (BTF_SET8_KFUNCS). The older macro BTF_SET8_START leaves it out; registration returns -EINVAL, there is no message, and insmod says "Invalid parameters".',
  causes: [
    {
      what: 'the source of the module uses BTF_SET8_START and BTF_SET8_END',
      tell: 'bit 0 of the second word of the set is 0; no line of BTF in dmesg',
      remedy: 'BTF_KFUNCS_START and BTF_KFUNCS_END in their place (kernels from 6.9)',
    },
    {
      what: 'an id of the set is 0, or no FUNC, or the owner is NULL; or resolve_btfids ran twice and scrambled the flags',
      tell: '`btfkit module check` spells out each',
      remedy: 'see what module check says of the set',
    },
    {
      what: 'the BTF of the module does not fit the kernel',
      tell: '"failed to validate module" in dmesg',
      remedy: 'see S30',
    },
  ],
  affects: 'kernels from 6.9',
  source: ['luainkernel/lunatik#128', 'eunomia-bpf/bpf-developer-tutorial#142', 'kernel/bpf/btf.c'],
  after: ['S30', 'S31', 'S41'],
  *inFile(subject, scene) {
    const { ids } = subject;
    if (subject.kind !== 'module' || ids === undefined || !subject.imports.has(REGISTER[0]!)) return;
    const version = scene.kernel?.value ?? subject.release;
    const numbers = kernelNumbers(version);
    if (numbers === undefined || numbers[0] < 6 || (numbers[0] === 6 && numbers[1] < 9)) return;
    for (const set of ids.sets) {
      if (set.kind !== 'set8' || (set.flags & 1) !== 0 || !isResolved(ids)) continue;
      yield {
        where: subject.path,
        seen: `set8 '${set.name}' at byte 0x${set.offset.toString(16)} of .BTF_ids: flags 0x${set.flags.toString(16)}, BTF_SET8_KFUNCS (bit 0) is not set`,
        how: [`kernel ${version}: wanted from 6.9 on`],
        cause: 0,
      };
    }
  },
};
