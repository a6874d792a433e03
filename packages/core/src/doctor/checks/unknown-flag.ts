import { paholeText } from '../../kbuild/index.js';
import type { Check } from '../check.js';

export const unknownFlag: Check = {
  id: 'N12',
  title: 'pahole does not know a flag that the build passes',
  stage: 'build',
  severity: 'error',
  texts: ["pahole: unrecognized option '--{option:w}", "pahole: unrecognized option '{option:w}"],
  looksAt: 'CONFIG_PAHOLE_VERSION beside the version that was given with --pahole',
  means:
    'Scripts of the kernel choose the flags by CONFIG_PAHOLE_VERSION, the version that was found when the kernel was configured. Another, older pahole runs now, and does not know --{option|one of them}.',
  causes: [
    {
      what: 'the configuration is from another machine or container, or pahole was exchanged since',
      tell: '`pahole --version` and CONFIG_PAHOLE_VERSION in .config differ',
      remedy: '`make olddefconfig` where the build runs; or PAHOLE=/path/to/pahole for both steps',
    },
    {
      what: 'the flag was added by hand (PAHOLE_FLAGS, a patch of the scripts) and is newer than this pahole',
      tell: 'scripts/pahole-flags.sh or scripts/Makefile.btf has been changed',
      remedy:
        '`btfkit doctor plan` says which flags this pahole takes; --btf_features (1.26 and later) ignores unknown names',
    },
  ],
  affects: 'all',
  source: ['scripts/pahole-flags.sh', 'scripts/Makefile.btf'],
  *inScene({ config, pahole }) {
    const configured = Number(config?.get('PAHOLE_VERSION') ?? 0);
    if (config === undefined || pahole === undefined || !configured || pahole.value === configured) return;
    const isOlder = pahole.value < configured;
    yield {
      where: config.path,
      seen: `CONFIG_PAHOLE_VERSION=${configured}, which is ${paholeText(configured)}`,
      how: [`${paholeText(pahole.value)} is the one that runs (${pahole.from})`],
      cause: 0,
      severity: isOlder ? 'warning' : 'note',
    };
  },
};
