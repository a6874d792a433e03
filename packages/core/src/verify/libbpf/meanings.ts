import type { LibbpfRule } from './messages.js';

const MEANINGS: Readonly<Record<LibbpfRule, string>> = {
  'header-missing':
    'The data is shorter than the 24 bytes of a BTF header: it was cut, or is something else.',
  magic: 'The data does not begin with 0xeb9f in either byte order: this is no BTF.',
  'swapped-header-short':
    "The blob is of the other byte order than the machine, and its header is shorter than 24 bytes, which libbpf swaps in the machine's own order only.",
  'header-too-long':
    'The header says that it is longer than all the data: the blob was cut, or its header is damaged.',
  'total-size': 'The strings are said to go on past the end of the data: most often the blob was cut.',
  'types-in-strings': 'The type section is said to reach into the strings, which must come after it.',
  'types-unaligned': 'The type section must begin at a multiple of 4 bytes after the header.',
  'layout-unaligned': 'The layout section must begin at a multiple of 4 bytes after the header.',
  'layout-in-types':
    'The layout section is said to begin before the types end; it stands between types and strings.',
  'layout-in-strings':
    'The layout section is said to reach into the strings; it stands between types and strings.',
  'strings-end': 'The string section is empty, or its last string is cut off: it must end in a NUL byte.',
  'strings-start':
    'The string section does not begin with the empty string. Split BTF, as of a kernel module, looks so: it can only be read together with its base.',
  'layout-rows': 'The length of the layout section is not a multiple of 4, the size of one row.',
  'kind-unknown':
    'The type is of a kind that this libbpf does not know, and no layout section says how long it is: the blob is newer than libbpf, or damaged before this type.',
  'kind-info-size':
    'The layout section has a length for what follows a type of this kind that is not a multiple of 4, so it cannot be stepped over.',
  'kind-element-size':
    'The layout section has a length for the elements of this kind that is not a multiple of 4, so they cannot be stepped over.',
  'kind-not-swapped':
    "The type is of a kind that this libbpf knows from the layout section only. It steps over such types in the machine's byte order, but cannot swap them in the other one.",
  'record-wraps':
    'With the lengths of the layout section the type would be longer than 2 GB, which libbpf counts as a negative number: it does not notice the damage and returns a pointer that cannot be used.',
  'record-too-long':
    'The type has more elements, by its vlen, than the rest of the type section can hold: the vlen is wrong, or the section was cut.',
  'types-left':
    'After the last whole type some bytes are left that are too few for another one: the section was cut, or a type has the wrong vlen.',
  name: 'A name is given by an offset past the end of the strings: a damaged blob, or split BTF read on the wrong base.',
  type: 'A type id is as large as the number of types or larger: a damaged blob, or split BTF read on the wrong base.',
  prototype: 'A FUNC must refer to a FUNC_PROTO, which has its parameters; this one refers to another kind.',
};

/** What it means that a rule is broken, in one or two sentences for whoever has the blob. */
export function meaningOf(rule: LibbpfRule): string {
  return MEANINGS[rule];
}
