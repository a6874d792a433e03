import { Kind } from '../../btf/kinds.js';
import { forKinds, type Meanings } from './table.js';

const { PTR, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC } = Kind;
const { FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64, LOC_PARAM, LOC_PROTO, LOCSEC } = Kind;

const LENGTH = 'at most 512 bytes (128 before Linux 6.1)';
const IDENTIFIER = `letters, digits, "_" and, since Linux 6.4, ".", ${LENGTH}`;
const SHIFTED =
  'One that begins in the middle of a word says that the BTF of a module is read on another vmlinux than it was made for.';
const FOREIGN = `C++ and Rust have others ("::", "<"). ${SHIFTED}`;
const TAG_KFLAG =
  "The kflag of a tag says that it is any other attribute, which kernels know since Linux 6.15 and refuse before. Mostly it comes from pahole's feature `attributes`.";

function since(kind: string, release: string, more = ''): string {
  return `Kernels know ${kind} since Linux ${release} only: the blob was made for newer ones. libbpf rewrites this kind in programs for older kernels${more}.`;
}

const BEYOND = 'A member begins past the end of its struct: the size of the struct or the offset is wrong.';
const LOCATIONS =
  'Kinds 20 to 22 are those of inlined functions and their locations, which no release up to 7.3 takes: the blob is newer, or its inline part was not split off.';
const REFERENCES = [PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG];

/** Names and all that can be wrong with any record (metadata.ts, member-tables.ts). */
export const RECORDS: Meanings = {
  '[%u] meta_left:%u meta_needed:%u':
    'After the last whole type some bytes are left, fewer than the 12 of another one: the section was cut, or a type before has the wrong vlen.',
  'meta_left:%u meta_needed:%u':
    'What follows the type by its kind and vlen is longer than the rest of the type section: the vlen is wrong, or the section was cut.',
  '[%u] Invalid btf_info:%x':
    'The info word has bits that this kernel keeps for later: a vlen above 65,535 and kinds above 31 came with Linux 7.2, kinds above 15 with 5.13, the kflag with 5.0. The blob was made for a newer kernel, or is damaged before this type.',
  '[%u] Invalid kind:%u': {
    [Kind.UNKN]:
      'There is no kind 0: the blob is damaged here, or a type before has the wrong vlen, so that this is no beginning of a type.',
    [FUNC]: since('FUNC', '5.0'),
    [FUNC_PROTO]: since('FUNC_PROTO', '5.0'),
    [VAR]: since('VAR', '5.2'),
    [DATASEC]: since('DATASEC', '5.2'),
    [FLOAT]: since(
      'FLOAT',
      '5.13',
      '; pahole leaves it out without `--btf_gen_floats` or the feature `float`',
    ),
    [DECL_TAG]: since('DECL_TAG', '5.16', ', and pahole leaves it out with `--skip_encoding_btf_decl_tag`'),
    [TYPE_TAG]: since('TYPE_TAG', '5.17', ', and pahole leaves it out with `--skip_encoding_btf_type_tag`'),
    [ENUM64]: since('ENUM64', '6.0', ', and pahole leaves it out with `--skip_encoding_btf_enum64`'),
    ...forKinds([LOC_PARAM, LOC_PROTO, LOCSEC], LOCATIONS),
    other:
      'No kernel knows this kind: the blob is newer than all of them, or damaged before this type. Kernels do not step over kinds that they do not know, even where a layout section describes them.',
  },
  '[%u] Invalid name_offset:%u':
    "The type's name is given by an offset past the end of the strings, or above 16,777,215 (65,535 before Linux 5.4). A module's BTF says so when vmlinux is smaller than the one it was made for; else the blob is damaged.",
  'Invalid name_offset:%u':
    'The name of an enumerator is given by an offset past the end of the strings: a damaged blob, or the BTF of a module read on a smaller vmlinux than it was made for.',
  'Invalid member name_offset:%u':
    'The name of a member is given by an offset past the end of the strings: a damaged blob, or the BTF of a module read on a smaller vmlinux than it was made for.',
  'Invalid name': {
    ...forKinds(
      [FWD, TYPEDEF, FUNC],
      `The type must have a name, and of an identifier's characters: ${IDENTIFIER}. ${FOREIGN}`,
    ),
    [VAR]: `A variable must have a name of letters, digits, "_" and ".", ${LENGTH}. ${FOREIGN}`,
    ...forKinds(
      [STRUCT, UNION],
      `The name of the type or of a member is no identifier: ${IDENTIFIER}. ${FOREIGN}`,
    ),
    ...forKinds(
      [ENUM, ENUM64],
      `The name of the enum or of one of its values is no identifier (${IDENTIFIER}), or a value has none. ${FOREIGN}`,
    ),
    [DATASEC]: `A section must have a name, ${LENGTH}: any printable characters since Linux 6.9, before that letters, digits, "_" and ".".`,
    [TYPE_TAG]: 'A type tag is nothing but its text, and this one has none.',
    other:
      'Types of this kind have no name: its offset must be 0. Whatever wrote the blob gave it one, or the blob is damaged before this type.',
  },
  'vlen != 0': {
    [FUNC]:
      'Before Linux 5.6 the vlen of a FUNC had to be 0; since then it says whether the function is global. libbpf sets it to 0 for such kernels.',
    other:
      'Nothing that could be counted follows a type of this kind, so that its vlen must be 0: the blob is damaged here, or was written wrongly.',
  },
  'Invalid btf_info kind_flag': {
    [ENUM]:
      'The kflag of an enum says that its values are signed, which kernels know since Linux 6.0 and refuse before. pahole sets it from 1.24 on.',
    [DECL_TAG]: TAG_KFLAG,
    [TYPE_TAG]: TAG_KFLAG,
    other:
      'The kflag means nothing for this kind, and must be 0: the blob is damaged here, or written for a newer format.',
  },
  'Invalid type_id': {
    ...forKinds(
      REFERENCES,
      "The type leads to an id above 1,048,575 (65,535 before Linux 5.4) or, in a program's BTF, to a type that does not exist, or to a variable, section, declaration tag or FUNC, which nothing can point to or qualify.",
    ),
    ...forKinds(
      [STRUCT, UNION],
      'A member is of void, or of a type id above 1,048,575 (65,535 before Linux 5.4): the blob is damaged, or an encoder did not find the type.',
    ),
    [VAR]:
      "A variable must have a type, with an id up to 1,048,575 (65,535 before Linux 5.4), and in a program's BTF one that exists and has a size: not void, a function, or a struct that is only declared.",
    [DATASEC]:
      'The section lists a variable with id 0 or above 1,048,575 (65,535 before Linux 5.4): the blob is damaged, or an encoder did not find the variable.',
    [FUNC]:
      'A FUNC must refer to a FUNC_PROTO, which has its parameters; this one refers to another kind, or to none.',
    [DECL_TAG]:
      'A declaration tag belongs to a struct, union, typedef, function or variable; this one refers to another kind, or to none.',
    other: 'The type refers to an id that cannot stand there: the blob is damaged.',
  },
  'Invalid int_data:%x':
    'The highest 4 bits in the last word of an INT are kept for later and must be 0: the blob is damaged here.',
  'nr_bits exceeds %u':
    'An integer has at most 128 bits (64 before Linux 5.1), the offset of its bit field counted in.',
  'nr_bits exceeds type_size':
    'The integer has more bits than its size in bytes can hold, rounded up: size and bits do not belong together.',
  'Unsupported encoding':
    'The encoding of an INT is nothing, SIGNED, CHAR or BOOL. Kernels refuse two of them together, even SIGNED and CHAR.',
  'type != 0':
    'A FWD only declares a struct or union and refers to nothing: its type must be 0, and the kflag says which of the two it is.',
  'size != 0':
    'The size of an ARRAY follows from its elements, and the word where others have theirs must be 0.',
  'Invalid elem':
    'The elements of an array must be of a type with a size, which exists: not void, a function, a variable, or a struct that is only declared.',
  'Invalid index':
    'An array is indexed by a plain integer of 8, 16, 32, 64 or 128 bits, behind typedefs or not. Some encoders leave the index 0; pahole and clang add an INT for it.',
  'Invalid func linkage':
    'A FUNC is static (0) or global (1), by its vlen. Functions that are only declared have 2, as clang writes it for kfuncs: libbpf makes them global before it loads them.',
  'Linkage not supported':
    'A variable is static (0) or global (1). One that is only declared has 2, as clang writes it for `extern`: libbpf makes it global before it loads it.',
  'Invalid type_size': 'A FLOAT has 2, 4, 8, 12 or 16 bytes.',
  'Invalid value': 'A declaration tag is nothing but its text, and this one has none.',
  'Invalid component_idx':
    'A declaration tag says by -1 that it is on the whole type, else on which member or parameter. This one names one that is not there; a variable or typedef has none.',
  'Invalid member bits_offset':
    'The members of a struct must stand in the order of their offsets, and those of a union at 0. Rust orders the members of a struct as it likes: pahole leaves Rust out by `--lang_exclude=rust`, from 1.24 on.',
  'Member bits_offset exceeds its struct size': BEYOND,
  // As it was spelt before 5.0.
  'Memmber bits_offset exceeds its struct size': BEYOND,
  'Unexpected size': 'An enum has 1, 2, 4 or 8 bytes.',
  'Expected size:%u':
    'Before Linux 5.4 an enum had to have 4 bytes, the size of an int; since then it can have 1, 2, 4 or 8.',
  'vlen == 0': 'Before Linux 5.12 a section had to list a variable; since then it can be without any.',
  'size == 0':
    "A section has no size. clang leaves it 0 in objects, and libbpf fills it in when it loads one: the object's `.BTF` cannot be loaded as it is.",
  'Invalid offset':
    'A variable of the section begins before the one listed before it ends, or past the end of the section. They must be in order of their offsets without overlap: two at one place come from merged globals (clang -mglobal-merge), or from variables without a size.',
  'Invalid size':
    'A variable of the section has size 0, or is larger than the section, or smaller than its type. pahole 1.18 to 1.21 lists per-CPU variables of size 0 in a kernel: use a newer one, or --skip_encoding_btf_vars.',
  'Invalid offset+size': 'A variable of the section ends past the end of the section.',
  'Invalid btf_info size': 'The variables of the section are together larger than the section is said to be.',
};
