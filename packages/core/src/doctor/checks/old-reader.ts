import { Kind } from '../../btf/index.js';
import type { Check, Proof } from '../check.js';
import { type Scene, versions } from '../scene.js';
import type { Subject } from '../subject.js';
import { firstOfKind, unreadByTree } from '../tree-libbpf.js';

/** The ENUM64 that an old reader stops at; looked for only when a message asks for it. */
function* enum64In(subject: Subject, scene: Scene, said: boolean): Iterable<Proof> {
  if (!said || subject.kind === 'program' || subject.kind === 'module') return;
  const first = firstOfKind(subject.types(scene.vmlinux), Kind.ENUM64);
  if (first === undefined) return;
  yield {
    where: subject.path,
    seen: `${first} is its first ENUM64 (kind 19)`,
    how: ['libbpf reads ENUM64 from 1.0 on'],
    cause: 0,
  };
}

export const oldLibbpf: Check = {
  id: 'S61',
  title: 'libbpf is older than the BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    'libbpf: Unsupported BTF_KIND:{kind:d}',
    'Unsupported BTF_KIND:{kind:d}',
    'Unsupported BTF_KIND: {kind:d}',
    'unsupported BTF_KIND:{kind:d}',
    "loading kernel BTF '{file:w}': -{error:w}",
  ],
  looksAt: 'the first ENUM64 of the BTF, when the message is there',
  means:
    'libbpf met kind {kind|19} and does not know it: 16 is FLOAT (libbpf 0.4), 17 DECL_TAG and 18 TYPE_TAG (0.6), 19 ENUM64 (1.0), 20 to 22 are those of inlined functions. It then takes the kernel for one without BTF.',
  causes: [
    {
      what: 'libbpf before 1.0 on a kernel whose BTF has ENUM64',
      tell: 'the kind is 19',
      remedy: 'libbpf 1.0 or newer, linked into the program or installed',
    },
    {
      what: 'two libbpf are installed, and the loader takes the older one',
      tell: '`ldd PROGRAM`, `ldconfig -p | grep libbpf`',
      remedy: 'remove the older one, or set the path',
    },
    {
      what: 'the message is from a build: resolve_btfids of the kernel tree',
      tell: '"BTFIDS" or "FAILED: load BTF" is near it',
      remedy: 'see S01',
    },
  ],
  affects: 'libbpf before 1.0',
  source: ['libbpf/libbpf#695', 'libbpf/libbpf#863', 'xdp-project/bpf-examples#56'],
  inFile: enum64In,
};

export const oldCilium: Check = {
  id: 'S62',
  title: 'cilium/ebpf is older than the BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    "can't read types: type id {type:d}: unknown kind: Unknown ({kind:d})",
    'type id {type:d}: unknown kind: Unknown ({kind:d})',
    'unknown kind: Unknown ({kind:d})',
  ],
  looksAt: 'the first ENUM64 of the BTF, when the message is there',
  means:
    'The type {type|in question} is of kind {kind|19}, which this release of cilium/ebpf does not know; 19 is ENUM64.',
  causes: [{ what: 'an old cilium/ebpf in the program', remedy: 'cilium/ebpf 0.10 or newer' }],
  affects: 'cilium/ebpf before 0.10',
  source: ['krie#4'],
  inFile: enum64In,
};

export const oldBpftool: Check = {
  id: 'S75',
  title: 'bpftool is older than the BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    'Error: failed to load BTF from {file:w}: Invalid argument',
    'Error: failed to load BTF from {file:w}: Unknown error -22',
    'Error: failed to load BTF from {file:w}: {reason}',
    "failed to parse vmlinux BTF at '{file:w}': {error:w}",
  ],
  looksAt: 'the first ENUM64 of the BTF, when the message is there',
  means:
    'bpftool could not read {file|the BTF}: most often it is older than the kernel and does not know ENUM64.',
  causes: [
    {
      what: 'bpftool before 7.0, of the distribution',
      tell: '`bpftool version` shows libbpf v0.x',
      remedy: 'bpftool 7.0 or newer; `btfkit dump` reads all of them',
    },
    {
      what: 'the file is split BTF, and no base was named',
      tell: 'it is of a module',
      remedy: 'bpftool -B /sys/kernel/btf/vmlinux …',
    },
    {
      what: 'the file is damaged',
      tell: '`btfkit verify --as libbpf FILE` refuses it',
      remedy: 'make it anew',
    },
  ],
  affects: 'bpftool before 7.0',
  source: ['boopkit#13'],
  after: ['S61'],
  inFile: enum64In,
};

export const programBtfRefused: Check = {
  id: 'S78',
  title: "the kernel refuses the program's own BTF",
  stage: 'program',
  severity: 'warning',
  texts: [
    'BTF loading error: {error:w}',
    '-- BEGIN BTF LOAD LOG --',
    'BTF is optional, ignoring',
    '[{type:d}] {kind:w} {name}Invalid name',
    'Error loading .BTF into kernel: {error:w}',
    'Error loading BTF: {error}',
    'load BTF: invalid argument',
    'load btf: invalid argument',
    'Retrying without BTF.',
    'type_id={other:d} bits_offset={offset:d} Invalid member',
  ],
  looksAt: 'kinds in BPF objects that the kernel does not know, where its release is known',
  means:
    'The compiler put something into the BTF of the program that the kernel does not know. libbpf rewrites what it knows of; where it says "BTF is optional, ignoring", the program loads without BTF.',
  causes: [
    {
      what: 'an old kernel: kflag on 4.19, FLOAT before 5.13, tags before 5.16 and 5.17, ENUM64 before 6.0',
      tell: 'the last line of the log between BEGIN and END names the type',
      remedy: 'libbpf 1.0 or newer, which rewrites them; or `btfkit convert PROG.o --kernel VERSION`',
    },
    {
      what: 'damaged BTF, after objcopy or a linker',
      tell: '`btfkit verify PROG.o` refuses it for the newest kernel as well',
      remedy: 'bpftool gen object in place of ld -r; compile anew',
    },
  ],
  affects: 'kernels older than the compiler expects',
  source: ['foss-for-synopsys-dwc-arc-processors/linux#93', 'libbpf/libbpf#893'],
  *inFile(subject, scene, said) {
    // What libbpf fills in before it loads (sizes and places in sections) is not there yet: only kinds count.
    if (subject.kind !== 'program' || scene.kernel === undefined) return;
    const unread = unreadByTree(subject, scene.kernel.value);
    if (unread === undefined || unread.what === 'damage') return;
    const how = [...versions(scene), 'libbpf from 1.0 on rewrites it when it loads the program'];
    yield { where: subject.path, seen: unread.text, how, cause: 0, severity: said ? 'warning' : 'note' };
  },
};
