import { Kind } from '../../btf/index.js';
import type { Check, Proof } from '../check.js';
import { type Refusal, refusalLines, refusalOf } from '../judgement.js';
import { type Scene, versions } from '../scene.js';
import type { Subject } from '../subject.js';
import { rustStructs } from './languages.js';
import { overlappingVariables } from './per-cpu.js';

/** The refusal of a file, where it is the symptom of this check. */
export function* refusedAs(id: string, subject: Subject, scene: Scene): Iterable<Proof> {
  const refusal = refusalOf(subject, scene);
  if (refusal?.check === id) yield refusalProof(refusal, subject, scene);
}

export function refusalProof(refusal: Refusal, { path }: Subject, scene: Scene): Proof {
  const { seen, how } = refusalLines(refusal);
  return { where: path, seen, how: [...how, ...versions(scene)] };
}

export const kflagRefused: Check = {
  id: 'S33',
  title: 'the kernel does not take the kflag of a tag or an enum',
  stage: 'load',
  severity: 'error',
  texts: ['Invalid btf_info kind_flag', 'BPF:{what}Invalid btf_info kind_flag'],
  looksAt: "the kernel's verdict on the BTF of vmlinux, modules and blobs",
  means:
    "A type has the kflag set where this kernel wants 0. With DECL_TAG and TYPE_TAG it says that the tag is any attribute (pahole's feature attributes, kernels from 6.15); with ENUM that it is signed (kernels from 6.0).",
  causes: [
    {
      what: "pahole's feature attributes on a kernel before 6.15",
      tell: 'the type is a DECL_TAG or TYPE_TAG',
      remedy: 'leave --btf_features=attributes out, or `btfkit convert --kernel VERSION`',
    },
    {
      what: 'signed enums on a kernel before 6.0',
      tell: 'the type is an ENUM',
      remedy: 'pass --skip_encoding_btf_enum64 (pahole 1.24 or newer), which leaves that kflag out as well',
    },
  ],
  affects: 'kernels before 6.15 (tags), before 6.0 (enums)',
  source: ['kernel/bpf/btf.c', 'kernel commit 53ee0d66d7a6'],
  after: ['S01'],
  *inFile(subject, scene) {
    const id = refusalOf(subject, scene)?.typeId ?? 0;
    const btf = subject.types(scene.vmlinux);
    const kind = btf === undefined || id >= btf.endId ? 0 : btf.kind(id);
    const cause = kind === Kind.ENUM ? 1 : kind === Kind.DECL_TAG || kind === Kind.TYPE_TAG ? 0 : undefined;
    for (const proof of refusedAs('S33', subject, scene)) yield { ...proof, cause };
  },
};

export const headerRefused: Check = {
  id: 'S34',
  title: 'the header of the BTF is newer than the kernel',
  stage: 'load',
  severity: 'error',
  texts: ['BPF: Unsupported btf_header', 'Unsupported btf_header'],
  looksAt: "the kernel's verdict; a header of 32 bytes with a layout section",
  means:
    'The header is longer than the 24 bytes that kernels before 7.1 know, and says something there (-E2BIG): it has a layout section.',
  causes: [
    {
      what: "pahole's feature layout (after the tag v1.31) on a kernel before 7.1",
      remedy:
        'leave layout out of --btf_features, or `btfkit convert --kernel VERSION`, which takes the section out',
    },
  ],
  affects: 'kernels before 7.1',
  source: ['kernel/bpf/btf.c, btf_parse_hdr', 'kernel commit 626e88c070ee'],
  after: ['S01'],
  inFile: (subject, scene) => refusedAs('S34', subject, scene),
};

export const kindRefused: Check = {
  id: 'S35',
  title: 'the BTF has a kind, or a bit, that the kernel does not know',
  stage: 'load',
  severity: 'error',
  texts: [
    '[{type:d}] Invalid kind:{kind:d}',
    '[{type:d}] Invalid btf_info:{info:x}',
    'Invalid btf_info:{info:w}',
  ],
  looksAt: "the kernel's verdict",
  means:
    'The type {type|in question} is of a kind, or has bits in its info word, that this kernel keeps for later: FLOAT is known from 5.13, DECL_TAG from 5.16, TYPE_TAG from 5.17, ENUM64 from 6.0, vlen above 65,535 from 7.2; kinds 20 to 22 (inlined functions) in no release up to 7.3.',
  causes: [
    {
      what: 'the BTF was made for a newer kernel',
      tell: 'the kind is 16 to 19',
      remedy:
        'give pahole the flags of this kernel (`btfkit doctor plan`), or `btfkit convert --kernel VERSION`',
    },
    {
      what: 'kinds of inlined functions, which were to stand in a file of their own',
      tell: 'the kind is 20 to 22',
      remedy: "leave pahole's feature inline out",
    },
    {
      what: 'the blob is damaged, or split BTF is read on the wrong base',
      tell: 'the kind is 0 or above 22',
      remedy: '`btfkit verify` names the first place; encode anew',
    },
  ],
  affects: 'see the kinds',
  source: ['kernel/bpf/btf.c, btf_check_meta'],
  after: ['S01'],
  *inFile(subject, scene) {
    const message = refusalOf(subject, scene)?.message ?? '';
    const kind = Number(/Invalid kind:(\d+)/.exec(message)?.[1] ?? 16);
    const cause = kind >= 16 && kind <= 19 ? 0 : kind >= 20 && kind <= 22 ? 1 : 2;
    for (const proof of refusedAs('S35', subject, scene)) yield { ...proof, cause };
  },
};

export const noBtfAtAll: Check = {
  id: 'S36',
  title: 'what the kernel was given as BTF is none, or of the other byte order',
  stage: 'load',
  severity: 'error',
  texts: [
    'BPF: Invalid magic',
    'BPF:{what}Invalid magic',
    'hdr_len not found',
    'btf_header not found',
    'libbpf: Invalid BTF magic: {magic:x}',
    'Invalid BTF magic:{magic:w}',
  ],
  looksAt: 'the first bytes of .BTF, and whether the section has content',
  means:
    'The data does not begin with 0xeb9f in the byte order of the machine. It is BTF of the other order, was cut, is empty (a NOBITS section of a debug file), or is compressed.',
  causes: [
    {
      what: 'the other byte order',
      tell: 'the first two bytes are eb 9f where 9f eb is wanted',
      remedy: '`btfkit endian FILE --to little`, or encode for this machine',
    },
    {
      what: 'an empty section',
      tell: '`readelf -S` says NOBITS or size 0',
      remedy: 'take .BTF from the file with the code, not from the one with debug information',
    },
    {
      what: 'compressed, or something else',
      tell: '`xxd | head` shows other bytes',
      remedy: 'decompress it first; .BTF itself must not be compressed',
    },
  ],
  affects: 'all kernels',
  source: ['kernel/bpf/btf.c, btf_parse_hdr'],
  after: ['S01'],
  *inFile(subject, scene) {
    const isSwapped = subject.btf?.[0] === 0xeb && subject.btf[1] === 0x9f;
    for (const proof of refusedAs('S36', subject, scene)) yield { ...proof, cause: isSwapped ? 0 : 2 };
  },
};

export const sectionsRefused: Check = {
  id: 'S37',
  title: 'the sections of the BTF do not lie as they should',
  stage: 'load',
  severity: 'error',
  texts: [
    'BPF: Invalid string section',
    'Invalid string section',
    'String section is not at the end',
    'Section overlap found',
    'Total section length too long',
    'Unsupported section found',
  ],
  looksAt: "the kernel's verdict",
  means:
    'By the offsets and lengths of the header, the sections overlap, leave gaps, run past the end or do not end in a NUL byte: a tool changed the blob after it was made.',
  causes: [
    {
      what: 'two .BTF sections were put together by the linker or objcopy, or one was padded',
      tell: 'the section is longer than the header says',
      remedy:
        'keep .BTF out of the link (the last tool to touch it should be the encoder), or merge with `btfkit dedup`',
    },
    {
      what: 'the blob was cut',
      tell: 'it is shorter than the header says',
      remedy: 'copy or encode it anew',
    },
  ],
  affects: 'all kernels',
  source: ['kernel/bpf/btf.c, btf_check_sec_info'],
  after: ['S01'],
  *inFile(subject, scene) {
    const cause = wasCut(subject.btf) ? 1 : 0;
    for (const proof of refusedAs('S37', subject, scene)) yield { ...proof, cause };
  },
};

/** Do the sections go on past the end, by the header? */
function wasCut(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined || bytes.length < 24) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => view.getUint32(at, bytes[0] === 0x9f);
  return word(4) + Math.max(word(8) + word(12), word(16) + word(20)) > bytes.length;
}

/** What no entry of the catalogue has, with the meaning that verify knows. */
export const refusedOtherwise: Check = {
  id: 'N01',
  title: 'the kernel refuses this BTF',
  stage: 'load',
  severity: 'error',
  texts: ['BPF:{said}'],
  looksAt: "the kernel's verdict on the BTF of vmlinux and of blobs",
  means:
    'The verifier of the kernel looked at a BTF blob and found something wrong in it. Where it is the own BTF of the kernel, there is no /sys/kernel/btf, and modules with BTF fail.',
  causes: [
    {
      what: 'see the message',
      remedy:
        '`btfkit verify FILE --as vmlinux` (or --base vmlinux MODULE) names the place and what it means',
    },
  ],
  affects: 'all kernels from 4.18',
  source: ['kernel/bpf/btf.c'],
  *inFile(subject, scene) {
    const refusal = refusalOf(subject, scene);
    if (refusal === undefined) return;
    // These look for their reason themselves; the kernel has the same words for others.
    const own = [overlappingVariables, rustStructs].find(({ id }) => id === refusal.check);
    const isOther = own !== undefined && [...own.inFile!(subject, scene, false)].length === 0;
    if (refusal.check === 'N01' || isOther) yield refusalProof(refusal, subject, scene);
  },
};
