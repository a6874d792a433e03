import { Form, Tag } from '../../dwarf/index.js';
import type { Check } from '../check.js';
import { speaksRust } from '../dwarf-traits.js';
import { versions } from '../scene.js';

export const unspecifiedType: Check = {
  id: 'S10',
  title: 'pahole before 1.25 does not know DW_TAG_unspecified_type',
  stage: 'build',
  severity: 'error',
  texts: [
    'Unsupported DW_TAG_unspecified_type',
    "error: found variable '{variable:w}' in CU '{unit:w}' that has void type",
  ],
  looksAt: 'DW_TAG_unspecified_type in the DWARF, with the version of pahole',
  means:
    'binutils 2.40 and later describe functions of assembly, with a return type of DW_TAG_unspecified_type. pahole before 1.25 does not know it, and takes what refers to it for void.',
  causes: [{ what: 'a new assembler and an old pahole', remedy: 'pahole 1.25 or newer' }],
  affects: 'pahole before 1.25 with binutils 2.40 or later',
  source: ['ANNOUNCE of pahole v1.25'],
  *inFile(subject, scene, said) {
    const { pahole } = scene;
    if (pahole === undefined || pahole.value === 0 || pahole.value >= 125) return;
    const { dwarf } = subject;
    if (dwarf === undefined || !dwarf.tags.has(Tag.unspecified_type) || speaksRust(dwarf)) return;
    const how = [...versions(scene)];
    // It came to its end all the same, as it does where nothing refers to that type.
    if (subject.btfState === 'present') how.push('it has BTF all the same');
    yield {
      where: subject.path,
      seen: 'its DWARF has DW_TAG_unspecified_type',
      how,
      severity: subject.btfState === 'present' && !said ? 'note' : 'error',
    };
  },
};

export const squeezedDwarf: Check = {
  id: 'S11',
  title: 'the DWARF was squeezed by dwz, and pahole misses types',
  stage: 'build',
  severity: 'warning',
  texts: [
    "tag__recode_dwarf_type: couldn't find 0x{type:x} type for 0x{tag:x}",
    "couldn't find 0x{type:x} type for 0x{tag:x} ({name:w})",
    "tag__recode_dwarf_type: couldn't find {type}",
    "couldn't find 0x{type:x} abstract_origin for 0x{tag:x}",
    'WARNING: DW_TAG_partial_unit used, some types will not be considered!',
    "Probably this was optimized using a tool like 'dwz'",
    'error decoding cu {unit:w}',
  ],
  looksAt: 'partial units and .gnu_debugaltlink; references from unit to unit without LTO',
  means:
    'dwz moved what several units share into partial units, or into another file. pahole does not follow such references: types are missing, and members of the unknown type become void.',
  causes: [
    {
      what: 'dwz ran over the debug information, as the packages of SLES and Fedora have it',
      tell: 'the file has DW_TAG_partial_unit or a section .gnu_debugaltlink',
      remedy: 'make the BTF before dwz runs; `btfkit encode` reads partial units of the same file',
    },
    {
      what: 'LTO, whose units refer to each other',
      tell: 'CONFIG_LTO_CLANG is set, and there are no partial units',
      remedy: 'pahole 1.28 or newer',
    },
  ],
  affects: 'pahole, all releases; with LTO before 1.28',
  source: ['acmel/dwarves#10', 'acmel/dwarves#63', 'aquasecurity/btfhub#64'],
  *inFile(subject, scene, said) {
    const { dwarf, elf } = subject;
    if (elf?.section('.gnu_debugaltlink') !== undefined) {
      yield {
        where: subject.path,
        seen: 'it has .gnu_debugaltlink: part of its DWARF is in another file',
        cause: 0,
      };
    } else if (dwarf?.tags.has(Tag.partial_unit)) {
      yield {
        where: subject.path,
        seen: 'its DWARF has partial units (DW_TAG_partial_unit)',
        how: versions(scene),
        cause: 0,
      };
    } else if (said && dwarf?.forms.has(Form.ref_addr)) {
      yield {
        where: subject.path,
        seen: 'units refer to each other (DW_FORM_ref_addr)',
        how: versions(scene),
        cause: 1,
      };
    }
  },
};

export const splitDwarf: Check = {
  id: 'S12',
  title: 'the DWARF stands in .dwo files, where pahole does not look',
  stage: 'build',
  severity: 'error',
  texts: ['WARNING: DW_TAG_skeleton_unit used, please look for a .dwo file', 'DW_TAG_skeleton_unit used'],
  looksAt: 'CONFIG_DEBUG_INFO_SPLIT, and skeleton units in the DWARF',
  means:
    'The compiler left only skeletons of the units here, and the types in .dwo files beside the objects.',
  causes: [
    { what: 'CONFIG_DEBUG_INFO_SPLIT=y, or -gsplit-dwarf', remedy: 'switch CONFIG_DEBUG_INFO_SPLIT off' },
  ],
  affects: 'all releases of pahole',
  source: ['dwarf_loader.c of pahole'],
  *inScene({ config }) {
    if (config?.get('DEBUG_INFO_SPLIT') === 'y')
      yield { where: config.path, seen: 'CONFIG_DEBUG_INFO_SPLIT=y' };
  },
  *inFile(subject) {
    if (!subject.dwarf?.tags.has(Tag.skeleton_unit)) return;
    yield { where: subject.path, seen: 'its DWARF has skeleton units (DW_TAG_skeleton_unit)' };
  },
};

export const reducedDwarf: Check = {
  id: 'S16',
  title: 'the DWARF is not complete',
  stage: 'build',
  severity: 'error',
  texts: [
    'FWD (anon) Error emitting BTF type',
    '] {kind:w} (anon) Error emitting BTF type',
    'Error emitting BTF type',
  ],
  looksAt: 'CONFIG_DEBUG_INFO_REDUCED',
  means:
    'pahole was to write a type that BTF cannot hold, such as a declaration without a name: the DWARF says too little of it.',
  causes: [
    {
      what: 'CONFIG_DEBUG_INFO_REDUCED=y, which leaves most types out',
      tell: 'it is in .config',
      remedy: 'switch CONFIG_DEBUG_INFO_REDUCED off; DEBUG_INFO_BTF cannot be had together with it',
    },
    {
      what: 'DWARF that a tool damaged, or that an old compiler wrote wrongly',
      tell: '`btfkit encode` names the unit and the offset',
      remedy: 'another release of the compiler; or --btf_encode_force, at the cost of that type',
    },
  ],
  affects: 'all releases of pahole',
  source: ['aquasecurity/btfhub#59', 'lib/Kconfig.debug'],
  *inScene({ config }, said) {
    if (config?.get('DEBUG_INFO_REDUCED') !== 'y') return;
    const wanted = config.get('DEBUG_INFO_BTF') === 'y' || said;
    yield {
      where: config.path,
      seen: 'CONFIG_DEBUG_INFO_REDUCED=y',
      how: [wanted ? 'the kernel is to have BTF' : 'CONFIG_DEBUG_INFO_BTF cannot be chosen with it'],
      cause: 0,
      severity: wanted ? 'error' : 'note',
    };
  },
};
