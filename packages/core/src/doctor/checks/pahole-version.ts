import { oldestPahole, paholeText } from '../../kbuild/index.js';
import type { Check } from '../check.js';
import { versions } from '../scene.js';

export const noPahole: Check = {
  id: 'S05',
  title: 'the build has no pahole, or it failed',
  stage: 'build',
  severity: 'error',
  texts: [
    { text: 'BTF: {file:w}: pahole ({pahole:w}) is not available', cause: 0 },
    { text: 'Failed to generate BTF for vmlinux', cause: 1, vague: true },
    { text: 'Try to disable CONFIG_DEBUG_INFO_BTF', cause: 1, vague: true },
    'pahole: command not found',
    'pahole: not found',
    { text: 'pahole: error while loading shared libraries: {library:w}', cause: 2 },
    { text: "pahole: {library:w}: version '{symbol:w}' not found", cause: 2 },
  ],
  looksAt: 'CONFIG_PAHOLE_VERSION and CONFIG_DEBUG_INFO_BTF of the configuration',
  means:
    'BTF is made by pahole, of the package dwarves, and the build could not run it, or it failed. Newer trees do not say so: where CONFIG_PAHOLE_VERSION is 0, the option DEBUG_INFO_BTF disappears from the configuration and the kernel is built without BTF.',
  causes: [
    {
      what: 'dwarves is not installed, or PAHOLE names something else',
      tell: '`pahole --version` prints no line like v1.25; "is not available" is in the log',
      remedy:
        'install dwarves (Debian, Ubuntu: dwarves or pahole; Fedora: dwarves; Arch: pahole), then `make olddefconfig` and build again',
    },
    {
      what: 'pahole is there and failed: "Failed to generate BTF for vmlinux" comes after every failure of it',
      tell: 'the lines before name another reason',
      remedy: 'see to the line before',
    },
    {
      what: 'pahole cannot start for want of its libraries (libdwarves, libbpf, libdw), as one that was built by hand or for another release',
      tell: '`pahole --version` says "error while loading shared libraries"',
      remedy: 'ldconfig after make install, or the package of the distribution',
    },
  ],
  affects: 'all kernels; the silent form from 6.x on',
  source: ['scripts/link-vmlinux.sh', 'lib/Kconfig.debug'],
  after: ['S03', 'S06', 'S07', 'S09', 'S10', 'S13', 'S14', 'N12', 'N13'],
  perhapsAfter: ['S01', 'S02', 'S17', 'N14'],
  *inScene(scene) {
    const { config, pahole } = scene;
    if (pahole?.value !== 0 || config === undefined) return;
    const wanted = config.get('DEBUG_INFO_BTF') === 'y';
    yield {
      where: config.path,
      seen: `CONFIG_PAHOLE_VERSION=0${wanted ? ', CONFIG_DEBUG_INFO_BTF=y' : ', and DEBUG_INFO_BTF is not set'}`,
      how: ['scripts/pahole-version.sh found no pahole when the kernel was configured'],
      cause: 0,
      severity: wanted || config.get('DEBUG_INFO') === 'y' ? 'error' : 'note',
    };
  },
};

export const oldPahole: Check = {
  id: 'S06',
  title: 'pahole is older than the kernel wants',
  stage: 'build',
  severity: 'error',
  texts: ['BTF: {file:w}: pahole version {found:w} is too old, need at least {wanted:w}'],
  looksAt: 'CONFIG_PAHOLE_VERSION beside the release of the kernel',
  means:
    'The scripts of the kernel refuse pahole {found|of this version}; they want {wanted|1.13 from 5.2, 1.16 from 5.7, 1.22 from 7.0} at least.',
  causes: [
    { what: 'an old distribution', remedy: 'a newer dwarves; 1.27 or newer serves every kernel from 6.0 on' },
  ],
  affects: 'pahole before 1.13 (from 5.2), 1.16 (from 5.7), 1.22 (from 7.0)',
  source: ['scripts/link-vmlinux.sh', 'kernel commit 903922cfa0e6'],
  *inScene(scene) {
    const { kernel, pahole } = scene;
    const oldest = kernel === undefined ? undefined : oldestPahole(kernel.value);
    if (oldest === undefined || pahole === undefined || pahole.value === 0 || pahole.value >= oldest) return;
    yield {
      where: pahole.from,
      seen: `pahole ${paholeText(pahole.value)}`,
      how: [...versions(scene), `this kernel wants ${paholeText(oldest)} at least`],
    };
  },
};

export const unsureOrder: Check = {
  id: 'S22',
  title: 'the ids of types differ from build to build',
  stage: 'build',
  severity: 'warning',
  texts: ['BTF differs between builds', 'section .BTF differs', '.BTF section is not reproducible'],
  looksAt:
    'the version of pahole (1.24 to 1.28 are affected), the flags of the build, and two builds with gate --against',
  means:
    'pahole 1.24 to 1.28 with -j writes the types in the order in which its threads come to their end, so that the same sources give other ids and other bytes each time. Modules built against one of the two do not fit the other.',
  causes: [
    {
      what: 'pahole 1.24 to 1.28 with more than one thread',
      remedy:
        'pahole 1.29 or newer, whose order never changes; with 1.27 and 1.28 --btf_features=+reproducible_build; else -j1',
    },
  ],
  affects: 'pahole 1.24 to 1.28 with -j',
  source: ['pahole release notes 1.27 and 1.29'],
  *inScene(scene, said) {
    const { config, pahole } = scene;
    if (pahole === undefined || pahole.value < 124 || pahole.value > 128) return;
    if (config !== undefined && config.get('DEBUG_INFO_BTF') !== 'y') return;
    if (!scene.files.has('vmlinux') && !said) return;
    const flags = [...scene.texts.values()].find(({ text }) => text.includes('reproducible_build'));
    const how = [...versions(scene)];
    if (flags !== undefined)
      how.push(`${flags.path} asks for reproducible_build when KBUILD_BUILD_TIMESTAMP is set`);
    yield {
      where: pahole.from,
      seen: `pahole ${paholeText(pahole.value)}`,
      how,
      severity: said ? 'warning' : 'note',
    };
  },
};
