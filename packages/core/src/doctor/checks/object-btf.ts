import type { Check } from '../check.js';
import { sectionState } from '../subject.js';

export const noObjectBtf: Check = {
  id: 'N10',
  title: 'the BPF object has no BTF of its own, or too little',
  stage: 'program',
  severity: 'error',
  texts: [
    { text: 'BTF is required, but is missing or corrupted', cause: 0 },
    { text: "Error loading .BTF into kernel: {error:w} BTF is mandatory, can't proceed", cause: 2 },
    { text: "failed to find BTF for extern '{name:w}'", cause: 1 },
    { text: "failed to find BTF info for global/extern symbol '{name:w}'", cause: 1 },
    { text: "BTF info is missing for global symbol '{name:w}'", cause: 0 },
    { text: "failed to find BTF info for object '{file:w}'", cause: 0 },
    "prog '{program:w}': missing .BTF.ext function info",
    { text: "map '{name:w}' has to have BTF in order to use {what:w}", cause: 0 },
    'missing btf func_info',
    'is not allowed in subprogs without BTF',
    'requires prog BTF',
    "func_info BTF section doesn't match subprog layout in BPF program",
    'map:{map:w} container_name:{container:w} cannot be found in BTF',
  ],
  looksAt: 'BPF objects with maps in .maps, and whether they have .BTF',
  means:
    'Maps in .maps, externs ({name|__ksym, __kconfig}), global variables, CO-RE and struct_ops are described by the BTF of the object itself, and it has none, or none for this one.',
  causes: [
    {
      what: 'the object was compiled without -g, or stripped of everything (strip, llvm-strip without -g)',
      tell: '`readelf -S PROG.o` shows no .BTF',
      remedy: 'clang -g -O2 -target bpf; llvm-strip -g, which keeps .BTF',
    },
    {
      what: 'a clang that writes no BTF for declarations: before 10 none for variables, before 13 none for functions',
      tell: '`clang --version`; the object has .BTF, and not this name in it',
      remedy: 'a newer clang',
    },
    {
      what: 'the kernel refused that BTF',
      tell: '"BEGIN BTF LOAD LOG" stands before it',
      remedy: 'see S78',
    },
  ],
  affects: 'all',
  source: ['libbpf.c, bpf_object__init_btf and bpf_object__collect_externs', 'libbpf/libbpf#423'],
  after: ['S78', 'N09'],
  *inFile(subject) {
    const { elf } = subject;
    if (subject.kind !== 'program' || elf === undefined || subject.btfState === 'present') return;
    if (sectionState(elf, '.maps') !== 'present') return;
    yield {
      where: subject.path,
      seen: `it has maps in .maps, and .BTF is ${subject.btfState}`,
      cause: 0,
    };
  },
};
