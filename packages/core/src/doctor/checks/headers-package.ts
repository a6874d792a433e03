import type { Check } from '../check.js';
import { isFrom, versions } from '../scene.js';

const TOOL = 'tools/bpf/resolve_btfids/resolve_btfids';

export const noResolveBtfids: Check = {
  id: 'S20',
  title: 'the headers package lacks resolve_btfids',
  stage: 'build',
  severity: 'error',
  texts: [
    '{tool:w}/resolve_btfids: No such file or directory',
    'resolve_btfids: not found',
    'resolve_btfids: Permission denied',
  ],
  looksAt: 'a tree for modules out of tree: scripts/Makefile.modfinal without the tool',
  means:
    'The build of a module wants to fill in its .BTF_ids with the tool of the kernel tree, and the headers package of this distribution did not bring it.',
  causes: [
    {
      what: 'the package of the kernel headers is not complete (seen with Debian 12, openSUSE, OpenMandriva, older Arch)',
      remedy:
        'a newer headers package; or build tools/bpf/resolve_btfids from the sources of that kernel; or `make RESOLVE_BTFIDS=btfkit-resolve_btfids`; or build the module without BTF (CONFIG_DEBUG_INFO_BTF_MODULES= on the make command line)',
    },
  ],
  affects: 'modules built out of tree',
  source: ['mkubecek/vmware-host-modules#220', 'tbsdtv/linux_media#317', 'OpenMandrivaAssociation#3126'],
  *inScene({ config, files, tree, kernel }) {
    if (tree === undefined || config?.get('DEBUG_INFO_BTF_MODULES') !== 'y') return;
    // A tree of sources builds the tool itself.
    if (!files.has('scripts/Makefile.modfinal') || files.has('tools/bpf/resolve_btfids/main.c')) return;
    if (files.has(TOOL) || files.has('MAINTAINERS')) return;
    yield {
      where: tree,
      seen: `scripts/Makefile.modfinal is there, ${TOOL} is not`,
      how: [
        `CONFIG_DEBUG_INFO_BTF_MODULES=y in ${config.path}${kernel === undefined ? '' : `, kernel ${kernel.value}`}`,
      ],
    };
  },
};

export const noVmlinux: Check = {
  id: 'S21',
  title: 'a module is built without BTF, because vmlinux is not there',
  stage: 'build',
  severity: 'warning',
  texts: ['Skipping BTF generation for {module:w} due to unavailability of vmlinux'],
  looksAt: 'a tree for modules out of tree: DEBUG_INFO_BTF_MODULES without a vmlinux',
  means:
    '{module|The module} needs the BTF of vmlinux to stand on, and the headers package has no vmlinux. The module works; it has no BTF, so that its kfuncs cannot be registered and CO-RE programs do not see its types.',
  causes: [
    {
      what: 'headers packages rarely have vmlinux',
      remedy:
        'if BTF is wanted: `btfkit gen --base /sys/kernel/btf/vmlinux MODULE.ko` for the running kernel, or --distill for others. Copying /sys/kernel/btf/vmlinux to the build folder does the same with pahole, and is right for the kernel that runs only',
    },
  ],
  affects: 'modules built out of tree',
  source: ['scripts/Makefile.modfinal', 'lwfinger/rtw89#132', 'tuxedo-keyboard#159'],
  *inScene(scene) {
    const { config, files, tree } = scene;
    if (tree === undefined || config?.get('DEBUG_INFO_BTF_MODULES') !== 'y') return;
    if (!files.has('scripts/Makefile.modfinal') || files.has('vmlinux') || files.has('MAINTAINERS')) return;
    const how = isFrom(scene, 7, 0) ? ['scripts/gen-btf.sh wants vmlinux as --btf_base'] : [];
    yield {
      where: tree,
      seen: 'no vmlinux in the tree',
      how: [...how, ...versions(scene)],
      severity: 'note',
    };
  },
};
