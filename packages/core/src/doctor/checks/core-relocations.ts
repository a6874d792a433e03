import { Kind } from '../../btf/index.js';
import { applyCore, BpfObject, CoreTarget, type Relocation } from '../../core-relo/index.js';
import type { Check, Proof } from '../check.js';
import { typeText } from '../places.js';
import type { Scene } from '../scene.js';
import { orUndefined, type Subject } from '../subject.js';

/** What became of the relocations of an object on the vmlinux at hand; none without one. */
function relocationsOf(subject: Subject, { vmlinux }: Scene): readonly Relocation[] {
  const { elf } = subject;
  const btf = subject.kind === 'program' ? vmlinux?.types(undefined) : undefined;
  if (elf === undefined || vmlinux === undefined || btf === undefined) return [];
  const target = vmlinux.once('CO-RE target', () => new CoreTarget(btf));
  return subject.once(`relocations on ${vmlinux.path}`, () => {
    const applied = orUndefined(() => applyCore(BpfObject.open(elf.source), target));
    return applied?.relocations ?? [];
  });
}

function proofOf(relocation: Relocation, { path }: Subject): Proof {
  const { program, insn, kind, spec, reason, source, candidates } = relocation;
  const place = source === undefined ? '' : ` (${source.file}:${source.line})`;
  const tried = candidates
    .slice(0, 3)
    .map(({ btf, typeId, mismatch }) => `type id ${typeId} of ${btf}: ${mismatch ?? 'has it'}`);
  return {
    where: path,
    seen: `${program.name} insn ${insn}${place}: ${kind} ${spec}: ${reason}`,
    how: tried,
  };
}

export const relocationFailed: Check = {
  id: 'S67',
  title: 'a CO-RE relocation found nothing in this kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    "libbpf: prog '{program:w}': relo #{relo:d}: no matching targets found",
    "prog '{program:w}': relo #{relo:d}: non-matching candidate #{candidate:d} {spec}",
    'relo #{relo:d}: no matching targets found',
    'no matching targets found',
    'invalid func unknown#195896080',
    '<invalid CO-RE relocation>',
    'failed to resolve CO-RE relocation <{kind:w}> [{type:d}] {spec}',
    'failed to resolve CO-RE relocation',
    'bad CO-RE relocation: invalid func unknown#195896080',
    'bad CO-RE relocation',
  ],
  looksAt: 'the relocations of BPF objects, resolved on the vmlinux at hand',
  means:
    'The program asks for {spec|a field of a type}, and the kernel has no such field, type or enumerator. libbpf puts an instruction there that the verifier refuses if it is reached: "invalid func unknown#195896080" (0xbad2310).',
  causes: [
    {
      what: 'the field was renamed or moved, or the type is another in this release (i_atime of struct inode is __i_atime in 6.7 and later, and i_atime_sec from 6.11)',
      tell: '`btfkit layout vmlinux TYPE`',
      remedy:
        'ask bpf_core_field_exists() first, and have a flavour of the type (struct inode___old) for the other layout',
    },
    {
      what: 'the option that brings the field is off',
      tell: 'the .config of the kernel',
      remedy: 'ask bpf_core_field_exists(), or want the option',
    },
    {
      what: 'the type is in a module that is not loaded',
      tell: '/sys/kernel/btf lacks it',
      remedy: 'load the module first',
    },
  ],
  affects: 'all',
  source: ['kflowd#4', 'aquasecurity/tracee#1171', 'tools/lib/bpf/relo_core.c'],
  *inFile(subject, scene) {
    for (const relocation of relocationsOf(subject, scene)) {
      // It may be guarded by bpf_core_field_exists(), so that it is never reached.
      if (relocation.outcome === 'poisoned') yield { ...proofOf(relocation, subject), severity: 'warning' };
    }
  },
};

export const ambiguousRelocation: Check = {
  id: 'S68',
  title: 'a CO-RE relocation has more than one answer',
  stage: 'program',
  severity: 'error',
  texts: [
    'relo #{relo:d}: field offset ambiguity: {one:d} != {other:d}',
    'field offset ambiguity: {one:w} != {other:w}',
    'relo #{relo:d}: relocation decision ambiguity: {what}',
    'relocation decision ambiguity',
  ],
  looksAt: 'the relocations of BPF objects, resolved on the vmlinux at hand',
  means:
    'Several types of the kernel, or of it and a module, have the name that the program asks for, and the field stands at different places in them. libbpf refuses to guess.',
  causes: [
    {
      what: 'two structs of one name in the kernel, as private ones of drivers',
      tell: '`btfkit dump vmlinux NAME` shows both',
      remedy: 'a flavour with members that only the one has; or rename the private one in the kernel',
    },
    {
      what: 'BTF that was not deduplicated well, by another encoder',
      tell: 'the two have the same members',
      remedy: '`btfkit dedup`, or encode anew',
    },
  ],
  affects: 'all',
  source: ['tools/lib/bpf/relo_core.c'],
  *inFile(subject, scene) {
    for (const relocation of relocationsOf(subject, scene)) {
      if (relocation.outcome === 'refused' && relocation.reason.includes('ambiguous'))
        yield proofOf(relocation, subject);
    }
  },
};

export const targetIsFunction: Check = {
  id: 'S69',
  title: 'cilium/ebpf relocates a struct to a function of the same name',
  stage: 'program',
  severity: 'error',
  texts: [
    'relocate Struct:"{name:w}": target Func:"{other:w}": unsized type *btf.Func',
    'unsized type *btf.Func',
  ],
  looksAt: 'names that a struct and a function of the BTF share, when the message is there',
  means:
    'The kernel has a function with the name of the struct, {name|bpf_sk_lookup}. cilium/ebpf before 0.10 took any type of that name for a candidate.',
  causes: [{ what: 'cilium/ebpf before 0.10', remedy: 'cilium/ebpf 0.10 or newer' }],
  affects: 'cilium/ebpf before 0.10',
  source: ['cilium/ebpf#850'],
  *inFile(subject, scene, said) {
    if (!said || subject.kind === 'program' || subject.kind === 'module') return;
    const btf = subject.types(scene.vmlinux);
    const [struct, func] = [
      btf?.find('bpf_sk_lookup', Kind.STRUCT) ?? 0,
      btf?.find('bpf_sk_lookup', Kind.FUNC) ?? 0,
    ];
    if (btf === undefined || struct === 0 || func === 0) return;
    yield { where: subject.path, seen: `it has ${typeText(btf, struct)} and ${typeText(btf, func)}` };
  },
};

export const refusedRelocation: Check = {
  id: 'N04',
  title: 'libbpf refuses a CO-RE relocation, and with it the whole object',
  stage: 'program',
  severity: 'error',
  texts: [
    "prog '{program:w}': relo #{relo:d}: failed to relocate: {error:w}",
    'failed to perform CO-RE relocations: {error:w}',
    'relo #{relo:d}: unexpected insn #{insn:d} ({form:w}) value: got {found:w}, exp {wanted}',
    'relo #{relo:d}: insn #{insn:d} ({form:w}) accesses field incorrectly',
    'relo #{relo:d}: insn #{insn:d} ({form:w}) value too big: {value:w}',
    'relo #{relo:d}: insn #{insn:d} ({form:w}) unexpected mem size',
    'relo #{relo:d}: trying to relocate unrecognized insn #{insn:d}',
    'relo #{relo:d}: unrecognized CO-RE relocation',
    'relo #{relo:d}: error matching candidate #{candidate:d} {spec}',
    'relo #{relo:d}: parsing [{type:d}] {spec} failed: {error:w}',
    'relo #{relo:d}: target candidate search failed for [{type:d}] {spec}',
    "relo {kind:d} at insn #{insn:d} can't be satisfied for bitfield",
    "relo {kind:d} at insn #{insn:d} can't be applied to array access",
    "relocation doesn't support anonymous types",
    'CO-RE fixup: invalid immediate {found:w}, expected {wanted}',
    'CO-RE fixup: {what}',
  ],
  looksAt: 'the relocations of BPF objects, resolved on the vmlinux at hand',
  means:
    'A relocation has an answer that the instruction cannot take, or asks for something that there is not: libbpf gives up and loads nothing.',
  causes: [
    {
      what: 'the field is a bit field, or so far into its struct that no load reaches it',
      remedy: 'BPF_CORE_READ_BITFIELD for bit fields; bpf_core_read() in place of a plain access',
    },
    {
      what: 'the instructions are not those that .BTF.ext was made for: the object was changed after the compiler, or an optimisation moved them',
      tell: '"unexpected insn", "unrecognized insn"',
      remedy: 'compile anew, with bpftool gen object in place of ld; a newer clang',
    },
    {
      what: 'the libbpf of the loader is older than the compiler, and does not know this kind of relocation',
      tell: '"unrecognized CO-RE relocation"',
      remedy: 'a newer libbpf',
    },
  ],
  affects: 'all',
  source: ['tools/lib/bpf/relo_core.c'],
  after: ['S68'],
  *inFile(subject, scene) {
    for (const relocation of relocationsOf(subject, scene)) {
      if (relocation.outcome === 'refused' && !relocation.reason.includes('ambiguous'))
        yield proofOf(relocation, subject);
    }
  },
};
