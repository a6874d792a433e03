import type { Check } from '../check.js';

export const rawForElf: Check = {
  id: 'S63',
  title: 'raw BTF was given where an ELF file is wanted',
  stage: 'program',
  severity: 'error',
  texts: [
    "bad magic number '[159 235 1 0]' in record at byte 0x0",
    "bad magic number '[159 235",
    "bad magic number '[235 159",
  ],
  looksAt: 'whether the file is raw BTF, when the message is there',
  means:
    'The file begins with 9f eb, the magic of raw BTF. The reader (debug/elf of Go, as cilium/ebpf uses it) wanted an ELF file.',
  causes: [
    {
      what: '/sys/kernel/btf/vmlinux, or a .btf file, for an ELF file',
      remedy:
        'a newer cilium/ebpf (LoadSpec takes both), btf.LoadSpecFromReader; or put it into ELF: objcopy --add-section .BTF=FILE',
    },
  ],
  affects: 'cilium/ebpf before 0.11',
  source: ['cilium/ebpf#1177'],
  *inFile(subject, _scene, said) {
    if (said && subject.kind === 'btf') yield { where: subject.path, seen: 'raw BTF, no ELF file' };
  },
};

export const noBits: Check = {
  id: 'S79',
  title: 'the .BTF section of a debug file has no content',
  stage: 'program',
  severity: 'warning',
  texts: ['Segmentation fault{what}kernel-dbg', 'section .BTF is NOBITS', '.BTF has no content'],
  looksAt: '.BTF sections of type NOBITS',
  means:
    'Tools that split off debug information (objcopy --only-keep-debug) leave .BTF as a heading without content. libbpf before 02bc656f crashes when it reads such a file.',
  causes: [
    {
      what: 'the debug file in place of the kernel',
      remedy:
        'take the vmlinux with code, or /sys/kernel/btf/vmlinux; libbpf with 02bc656f or later refuses the file instead',
    },
  ],
  affects: 'libbpf before 02bc656f; kernel-dbg of Yocto',
  source: ['libbpf/libbpf#894'],
  *inFile(subject) {
    if (subject.btfState !== 'no bits') return;
    yield {
      where: subject.path,
      seen: '.BTF is of type SHT_NOBITS',
      how: ['the section header has a size, the file has no bytes for it'],
    };
  },
};

export const vmlinuxHeader: Check = {
  id: 'S76',
  title: 'vmlinux.h does not go together with other headers, or is of another machine',
  stage: 'program',
  severity: 'error',
  texts: [
    "typedef redefinition with different types ('{one}' vs '{other}')",
    'typedef redefinition with different types',
    "no member named '{member:w}' in 'struct pt_regs'",
    "no member named '{member:w}' in struct pt_regs",
  ],
  looksAt: 'the members of pt_regs in the BTF, when the message is there',
  means:
    'vmlinux.h has all types of one kernel and one machine. Headers of the system (linux/*.h) define some of them again; and pt_regs of another machine has other members.',
  causes: [
    {
      what: 'vmlinux.h and uapi headers are both included',
      tell: '"typedef redefinition"',
      remedy: 'include vmlinux.h alone, and define the few macros that are missing yourself',
    },
    {
      what: 'vmlinux.h is of another architecture than -D__TARGET_ARCH_… says',
      tell: '"no member named … in struct pt_regs"',
      remedy: 'make it from the BTF of a kernel for that machine: btfkit dump vmlinux --format c',
    },
  ],
  affects: 'all',
  source: ['facebook/dns#32', 'lizrice/learning-ebpf#17'],
  *inFile(subject, scene, said) {
    if (!said || subject.kind === 'program') return;
    const btf = subject.types(scene.vmlinux);
    const id = btf?.find('pt_regs', 4) ?? 0;
    if (btf === undefined || id === 0) return;
    const type = btf.type(id);
    const members = 'members' in type ? type.members.slice(0, 6).map(({ name }) => name) : [];
    yield {
      where: subject.path,
      seen: `its pt_regs [${id}] has ${members.join(', ')}, …`,
      how: ['x86-64 has r15 … di, arm64 has user_regs, regs, pc, powerpc gpr'],
    };
  },
};
