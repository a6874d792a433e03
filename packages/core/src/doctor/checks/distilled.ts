import { kernelNumbers } from '../../kbuild/index.js';
import type { Check } from '../check.js';
import { isBefore, versions } from '../scene.js';
import { refusedAs } from './refused.js';

export const notMapped: Check = {
  id: 'S41',
  title: 'the distilled base of a module has no match in this kernel',
  stage: 'load',
  severity: 'error',
  texts: [
    "distilled base BTF type '{name}' [{type:d}], size {size:d} has multiple candidates of the same size (ids [{first:d}, {second:d}]) in base BTF",
    "distilled base BTF type '{name}' [{type:d}] is not mapped to base BTF id",
    "string '{name}' [offset {offset:d}] is not mapped to base BTF",
    'has multiple candidates of the same size (ids [{first:w}, {second:w}]) in base BTF',
    'is not mapped to base BTF',
    'base BTF id [{type:d}] maps to invalid distilled base BTF id [{other:d}]',
    'type [{type:d}], kind [{kind:d}] is invalid for distilled base BTF; it is anonymous',
    'type [{type:d}] in distilled based BTF has unexpected kind [{kind:d}]',
  ],
  looksAt: 'the relocation of modules with .BTF.base onto the vmlinux at hand',
  means:
    "The module brings .BTF.base, a list of the kernel's types that it needs, by name and size. The running kernel has no match for '{name|one of them}', or more than one, and refuses the module (-22).",
  causes: [
    {
      what: 'the type is not there: the option that brings it is off, it was renamed or removed, or its size changed',
      tell: '"is not mapped"; `btfkit dump vmlinux NAME` finds nothing, or another size',
      remedy: 'build the module against this kernel',
    },
    {
      what: 'the kernel has several types of that name and size',
      tell: '"multiple candidates"',
      remedy: 'build the module against this very kernel; in the kernel, rename one of them',
    },
  ],
  affects: 'kernels from 6.11, modules out of tree',
  source: ['tools/lib/bpf/btf_relocate.c'],
  inFile: (subject, scene) => refusedAs('S41', subject, scene),
};

export const baseNotKnown: Check = {
  id: 'S42',
  title: 'the module brings .BTF.base, and the kernel does not know it',
  stage: 'load',
  severity: 'error',
  texts: ['.BTF.base{what}not supported', 'unsupported section .BTF.base'],
  looksAt: 'modules with .BTF.base beside a kernel before 6.11',
  means:
    'The kernel does not relocate modules from .BTF.base (it does so from 6.11, or where that was taken back completely). It reads their BTF as if it stood on vmlinux, and refuses each of them with -22.',
  causes: [
    {
      what: 'a kernel whose scripts pass distilled_base while its btf.c lacks "module, bpf: Store BTF base pointer in struct module" and what belongs to it',
      remedy:
        'leave out --btf_features=distilled_base (MODULE_PAHOLE_FLAGS= on the make command line), or complete the backport; `btfkit relocate` makes ordinary split BTF of it',
    },
  ],
  affects: 'kernels before 6.11, and incomplete backports',
  source: ['armbian/linux-rockchip#328'],
  *inFile(subject, scene) {
    if (subject.kind !== 'module' || subject.base === undefined) return;
    const own = kernelNumbers(subject.release);
    const isOld =
      scene.kernel === undefined
        ? own !== undefined && (own[0] < 6 || (own[0] === 6 && own[1] < 11))
        : isBefore(scene, 6, 11);
    if (!isOld) return;
    const known = scene.kernel === undefined ? [`its vermagic says ${subject.release}`] : versions(scene);
    yield {
      where: subject.path,
      seen: `.BTF.base of ${subject.base.length} bytes`,
      how: [...known, 'kernels read .BTF.base from 6.11 on'],
    };
  },
};
