import { type Btf, Kind } from '../../btf/index.js';
import type { Check } from '../check.js';
import { speaksCpp, speaksRust } from '../dwarf-traits.js';
import { placeText } from '../places.js';
import { versions } from '../scene.js';

export const cppUnits: Check = {
  id: 'S09',
  title: 'pahole stumbles over C++ in a module',
  stage: 'build',
  severity: 'error',
  texts: [
    'Unsupported DW_TAG_reference_type(0x{tag:x})',
    'Unsupported DW_TAG_reference_type',
    'tag not supported 0x2f (template_type_parameter)',
    '{where:w}: tag not supported 0x{tag:x} ({name:w})',
    'Unsupported DW_TAG_rvalue_reference_type',
    'Unsupported DW_TAG_namespace',
    'Unsupported DW_TAG_{tag:w}',
    'Encountered error while encoding BTF.',
  ],
  looksAt: 'tags of C++ (references, inheritance) in the DWARF of a module',
  means:
    'BTF describes C. The module has a unit of C++ (nvidia-modeset and other drivers with a foreign core have), whose types pahole cannot encode, and it gives up on the whole file.',
  causes: [
    {
      what: 'C++ in the module',
      tell: "the file's DWARF has references and templates",
      remedy:
        'pass --lang_exclude=c++ (pahole 1.24 or newer), or leave BTF out for this module; `btfkit encode --lang-exclude c++` does the same',
    },
    {
      what: 'another failure: "Encountered error while encoding BTF." comes after any',
      tell: 'the line before names the tag or type',
      remedy: 'see the line before',
    },
  ],
  affects: 'all releases of pahole without --lang_exclude',
  source: ['NVIDIA/open-gpu-kernel-modules#756', 'acmel/dwarves#60'],
  after: ['S10'],
  *inFile(subject, scene, said) {
    if (subject.kind !== 'module' || subject.dwarf === undefined || !speaksCpp(subject.dwarf)) return;
    const without = subject.btfState !== 'present';
    yield {
      where: subject.path,
      seen: `its DWARF has types of C++${without ? ', and it has no BTF' : ''}`,
      how: [
        'DW_TAG_reference_type, DW_TAG_rvalue_reference_type or DW_TAG_inheritance in .debug_abbrev',
        ...versions(scene),
      ],
      cause: 0,
      severity: said || without ? 'error' : 'note',
    };
  },
};

export const rustStructs: Check = {
  id: 'S32',
  title: "members of a struct are out of order, as Rust's are",
  stage: 'load',
  severity: 'error',
  texts: ['width type_id={type:d} bits_offset={offset:d}', 'Invalid member bits_offset'],
  looksAt: 'structs whose members do not come in the order of their offsets',
  means:
    'The kernel wants the members of a struct in the order of their offsets; rustc reorders them, and pahole wrote them as they stand in the DWARF. The kernel refuses the whole blob.',
  causes: [
    {
      what: 'units of Rust were encoded',
      remedy:
        'pahole 1.24 or newer with --lang_exclude=rust, which kernels pass from 6.2 on, and from 6.1.75; `btfkit encode` does so by itself',
    },
  ],
  affects: 'kernels with CONFIG_RUST before 6.2, pahole before 1.24',
  source: ['Rust-for-Linux/linux#735', 'kernel/bpf/btf.c, btf_struct_check_meta'],
  *inFile(subject, scene) {
    if (subject.kind === 'program' || subject.kind === 'object') return;
    const btf = subject.types(scene.vmlinux);
    if (btf === undefined) return;
    const place = unorderedStruct(btf);
    if (place === undefined) return;
    const how =
      subject.dwarf !== undefined && speaksRust(subject.dwarf) ? ['its DWARF has types of Rust'] : [];
    yield { where: subject.path, seen: place, how: [...how, ...versions(scene)] };
  },
};

function unorderedStruct(btf: Btf): string | undefined {
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.STRUCT) continue;
    const { words } = btf;
    const at = btf.offsets[id - btf.startId]!;
    const mask = btf.kflag(id) ? 0xffffff : 0xffffffff;
    let last = 0;
    for (let member = at + 5, i = btf.vlen(id); i > 0; i--, member += 3) {
      const offset = (words[member]! & mask) >>> 0;
      if (offset < last)
        return `${placeText(btf, id)}: a member at bit ${offset} comes after one at bit ${last}`;
      last = offset;
    }
  }
  return undefined;
}
