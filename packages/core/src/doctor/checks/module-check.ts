import { ModuleChecker, type ModuleReport } from '../../module/index.js';
import type { Check } from '../check.js';
import { releaseFor } from '../judgement.js';
import { type Scene, versions } from '../scene.js';
import { orUndefined, type Subject } from '../subject.js';

/** What module check says of a module on the vmlinux at hand; undefined where there is none, or no BTF to look at. */
export function reportOf(subject: Subject, scene: Scene): ModuleReport | undefined {
  const { vmlinux } = scene;
  const { elf, btf } = subject;
  if (subject.kind !== 'module' || elf === undefined || btf === undefined) return undefined;
  if (vmlinux?.btf === undefined) return undefined;
  const release = releaseFor(subject, scene);
  const bytes = vmlinux.btf;
  const checker = vmlinux.once(`module checker ${release}`, () => new ModuleChecker(bytes, { release }));
  return subject.once(`report ${release}`, () => orUndefined(() => checker.check(elf)));
}

export const unseenMismatch: Check = {
  id: 'N02',
  title: 'a module has the BTF of another kernel, and this one does not notice',
  stage: 'load',
  severity: 'error',
  texts: [],
  looksAt:
    'whether names, ids, prototypes and layouts of a module mean on this vmlinux what they meant on its own',
  means:
    'The kernel looks at names only where they happen to be broken. It would take the BTF of this module, whose ids lead to other types than the ones that were meant: programs read wrong offsets, kfuncs are registered with wrong prototypes.',
  causes: [
    {
      what: 'module and vmlinux are of different builds',
      remedy:
        'install kernel and modules of one build, or rebuild the module; `btfkit module check` has all the evidence',
    },
  ],
  affects: 'all kernels; of 1,138 modules of one Debian point release 157 are accepted by the next',
  source: ['kernel/bpf/btf.c, btf_parse_module', 'docs/module-check.md'],
  after: ['S30', 'S31', 'N15', 'N17'],
  *inFile(subject, scene) {
    // Sizes of pointers there are those of 64-bit kernels.
    if (subject.elf?.is64 === false) return;
    const mismatch = reportOf(subject, scene)?.mismatch;
    if (mismatch === undefined || mismatch === null) return;
    const { confidence, evidence } = mismatch;
    yield {
      where: subject.path,
      seen: `read on ${scene.vmlinux?.path}: ${evidence[0]}`,
      how: [...evidence.slice(1, 4), `confidence: ${confidence}`, ...versions(scene)],
      severity: confidence === 'certain' ? 'error' : 'warning',
    };
  },
};

export const refusedSet: Check = {
  id: 'N03',
  title: 'kfuncs of a module would not be registered',
  stage: 'load',
  severity: 'error',
  texts: [
    { text: 'kfunc {name:w} (id: {id:d}) is already present in {where:w}', cause: 1 },
    { text: 'cannot register more than {most:d} kfunc destructors', cause: 2 },
  ],
  looksAt: 'each set of kfuncs that the code of a module registers, as module check finds it',
  means:
    'The register call for the set returns an error, mostly without a message, and programs cannot call its functions.',
  causes: [
    {
      what: 'see the problem of the set',
      tell: '`btfkit module check --kernel vmlinux MODULE.ko` spells out each',
      remedy: '`btfkit module check --kernel vmlinux MODULE.ko` spells out each problem',
    },
    {
      what: 'another function of that name is a kfunc already (kernels from 7.2 refuse a second one)',
      tell: 'the log says "is already present in"',
      remedy: 'rename the function {name|}; or unload {where|the other module} first',
    },
    {
      what: 'more destructors of kptrs than the kernel has room for',
      tell: 'the log says "cannot register more than"',
      remedy: 'register fewer: those of all modules share the table',
    },
  ],
  affects: 'kernels from 5.18',
  source: ['kernel/bpf/btf.c, register_btf_kfunc_id_set'],
  after: ['S30', 'S31', 'S40', 'S41', 'N15'],
  *inFile(subject, scene) {
    for (const { name, errno, hook, problems } of reportOf(subject, scene)?.kfuncSets ?? []) {
      if (errno === 0) continue;
      yield {
        where: subject.path,
        seen: `set '${name}' for ${hook}: the call returns -${errno}`,
        how: [...problems, ...versions(scene)],
      };
    }
  },
};
