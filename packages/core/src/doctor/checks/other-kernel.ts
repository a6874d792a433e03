import { findRefusals, parseConfig, parseSymvers, readModule } from '../../module/index.js';
import type { Check } from '../check.js';
import { releaseFor } from '../judgement.js';
import { versions } from '../scene.js';
import { orUndefined } from '../subject.js';

export const otherKernel: Check = {
  id: 'N15',
  title: 'the kernel does not load the module, which is of another build, before it looks at BTF',
  stage: 'load',
  severity: 'error',
  texts: [
    '{module:w}: disagrees about version of symbol {symbol:w}',
    "{module:w}: version magic '{own}' should be '{wanted}'",
    'could not insert module {module:w}: Invalid module format',
    "could not insert '{module:w}': Exec format error",
    "section size must match the kernel's built struct module size at run time",
  ],
  looksAt:
    'vermagic, checksums and the size of struct module of modules, beside the release, Module.symvers and BTF of the kernel',
  means:
    'Module {module|} and the running kernel are of different builds: the release, its options, or the checksum of a symbol ({symbol|CONFIG_MODVERSIONS}) differs. BTF has no part in it, and would not fit either.',
  causes: [
    {
      what: 'the module is from another release, or is left over from a build with another configuration',
      tell: '`modinfo -F vermagic MODULE.ko` beside `uname -r`',
      remedy: 'rebuild the module with the headers of the running kernel, or boot the kernel that it is for',
    },
    {
      what: 'the kernel was updated, and not yet booted',
      tell: '`uname -r` is older than the newest folder in /lib/modules',
      remedy: 'reboot',
    },
  ],
  affects: 'all',
  source: ['kernel/module/main.c and version.c', 'docs/module-check.md'],
  *inFile(subject, scene) {
    const { elf } = subject;
    const { kernel, vmlinux, config, texts } = scene;
    if (subject.kind !== 'module' || elf === undefined) return;
    if (kernel === undefined && vmlinux === undefined) return;
    const symvers = texts.get('Module.symvers');
    const owner = vmlinux ?? subject;
    const facts = {
      release: releaseFor(subject, scene),
      // The head of a configuration can be that of the stable release which a distribution's own number does not name.
      version: kernel === undefined || kernel.from === config?.path ? vmlinux?.release : kernel.value,
      symvers: symvers && owner.once('symvers', () => parseSymvers(symvers.text)),
      // Of a part of a configuration nothing follows.
      config: config?.mentions('SMP') ? owner.once('options', () => parseConfig(config.text)) : undefined,
    };
    const types = orUndefined(() => vmlinux?.types(undefined));
    const refusals = orUndefined(() => findRefusals(readModule(elf), facts, types)) ?? [];
    for (const { text, errno } of refusals.slice(0, 3)) {
      yield { where: subject.path, seen: `${text} (-${errno})`, how: versions(scene), cause: 0 };
    }
  },
};
