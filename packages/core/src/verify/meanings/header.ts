import type { Meanings } from './table.js';

/** Header, strings and layout (header.ts). */
export const HEADER: Meanings = {
  'hdr_len not found':
    'The blob is shorter than 8 bytes, so that it does not even have the length of its header: it was cut, or is something else.',
  'btf_header not found':
    'The header is said to be longer than the whole blob. The blob was cut, is no BTF, or has the other byte order, in which a length of 24 reads as 0x18000000; the kernel reads its own order only.',
  'Unsupported btf_header':
    "The header is longer than this kernel knows (24 bytes, 32 since Linux 7.1), and what is beyond is not zero. Most often that is a layout section, pahole's feature `layout`, on an older kernel; a whole ELF file in place of its `.BTF` section can end here too.",
  'Invalid magic':
    "The blob does not begin with 0xeb9f in the kernel's byte order: it is other data, compressed, taken from the wrong place, or BTF of the other byte order.",
  'Unsupported version': 'The version in the header is not 1, the only one there is: the header is damaged.',
  'Unsupported flags':
    'The flags in the header are not 0, and no kernel knows any: the header is damaged, or the blob is newer than all that is known of BTF.',
  'No data':
    'The blob ends with its header. Only the BTF of a module may be empty; that of a program or kernel must have strings.',
  'Invalid section offset':
    'A section is said to begin past the end of the blob: most often the blob was cut.',
  'Unsupported section found':
    'There are bytes that belong to no section, between two of them or after the last. Sections must follow each other without a gap: padding at the end, or two `.BTF` sections that were put together, break this.',
  'Section overlap found':
    'Two sections share bytes, by the offsets and lengths in the header: a tool changed one section without the places of the others, or the header is damaged.',
  'Total section length too long':
    'The sections are said to go on past the end of the blob: most often the blob was cut.',
  'String section is not at the end':
    'The strings stand before the types. They must be the last section, unless the header has the fields of a layout section and the kernel is 7.1 or later.',
  'Invalid string section':
    'The string section is empty, larger than 16 MB (64 KB before Linux 5.4), does not end in a NUL byte, or does not begin with one. Split BTF, as of a module, does not begin with one: it can only be read together with its base.',
  'Unaligned type_off':
    'The type section must begin at a multiple of 4 bytes after the header: its offset is damaged.',
  'No type found':
    "A program's BTF must have at least one type: nothing was compiled with -g, or all was removed.",
  'Unaligned layout_off':
    'The layout section must begin at a multiple of 4 bytes after the header: its offset is damaged.',
  'Layout section is too small':
    'The layout section is shorter than the 4 bytes of one row: its length is damaged.',
  'layout_len is not multiple of %u':
    'The length of the layout section is not a multiple of 4, the size of one row: its length is damaged.',
};
