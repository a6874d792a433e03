import { judgeAsLibbpf, libbpfMeaning } from '../../verify/index.js';
import type { Check } from '../check.js';
import { refusalOf } from '../judgement.js';
import { unreadByTree } from '../tree-libbpf.js';
import { reportOf } from './module-check.js';

export const damaged: Check = {
  id: 'N09',
  title: 'the BTF is damaged, or is read on the wrong base: libbpf refuses it',
  stage: 'program',
  severity: 'error',
  texts: [
    'BTF type [{type:d}] is malformed',
    'BTF types data is malformed',
    'Invalid BTF total size: {size:d}',
    'Invalid BTF data sections layout: {what}',
    'Invalid BTF string section',
    'Invalid BTF kind layout section',
    'BTF header len {length:d} larger than data size {size:d}',
    'Unsupported BTF version:{version:d}',
    'BTF dedup failed: {error:w}',
    'Unsupported BTF flags:{flags:x}',
    "failed to load module [{module:w}]'s BTF object #{id:d}: {error:w}",
    'btf: type [{type:d}]: invalid {what}',
    'btf: type [{type:d}]: referenced type [{other:d}] is not FUNC_PROTO',
    'btf: type [{type:d}]: unrecognized kind {kind:d}',
    "FAILED: malformed BTF, can't resolve {what} for ID {type:d}",
  ],
  looksAt: 'the BTF of vmlinux, modules and objects, as the newest libbpf reads it',
  means:
    'Lengths, offsets, names or ids in the blob do not fit together. Every reader that goes by libbpf (bpftool, pahole, loaders) refuses it.',
  causes: [
    {
      what: 'the blob was cut, or changed by another tool after it was made',
      tell: 'the section is shorter or longer than its header says',
      remedy: 'make it anew; keep strip and objcopy away from .BTF',
    },
    {
      what: 'split BTF is read on another base than it was made on',
      tell: 'it is of a module, and the place is a name or a type id past the end',
      remedy: 'name the vmlinux of the same build',
    },
  ],
  affects: 'all',
  source: ['libbpf, btf_new'],
  after: ['S30', 'S31', 'S46', 'N01', 'S36', 'S37'],
  *inFile(subject, scene) {
    const { btf } = subject;
    if (btf === undefined || (subject.isSplit && subject.base !== undefined)) return;
    const base = subject.isSplit ? scene.vmlinux?.types(undefined) : undefined;
    if (subject.isSplit && base === undefined) return;
    // What the kernel or the libbpf of its tree refuses, or is of another kernel, is told of already.
    if (refusalOf(subject, scene) ?? reportOf(subject, scene)?.mismatch) return;
    const version = scene.kernel?.value ?? subject.release;
    const isKernel = subject.kind !== 'module' && subject.kind !== 'program' && subject.kind !== 'object';
    if (isKernel && version !== undefined && unreadByTree(subject, version) !== undefined) return;
    const { accepted, message, rule, typeId, offset } = judgeAsLibbpf(btf, { base });
    if (accepted || rule === null) return;
    const places = [
      ...(typeId === null ? [] : [`type id ${typeId}`]),
      ...(offset === null ? [] : [`byte 0x${offset.toString(16)} of .BTF`]),
    ];
    const place = places.length > 0 ? [places.join(', ')] : [];
    const isForeign = subject.isSplit && (rule === 'name' || rule === 'type' || rule === 'prototype');
    yield {
      where: subject.path,
      seen: message,
      how: [...place, libbpfMeaning(rule)],
      cause: isForeign ? 1 : 0,
    };
  },
};
