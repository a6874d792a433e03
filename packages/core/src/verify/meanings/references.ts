import { Kind } from '../../btf/kinds.js';
import type { Meanings } from './table.js';

/** What references lead to and what contains what (resolve.ts, prototypes.ts, members.ts, chains.ts). */
export const REFERENCES: Meanings = {
  'Loop detected':
    'The type comes back to itself without an end: a struct that contains itself by value, or pointers, typedefs and qualifiers that lead in a circle with no struct between them.',
  'Exceeded max resolving depth:%u':
    'From this type the way leads through more than 32 that contain or refer to others, itself included, and the kernel follows no further. Long chains of pointers or deeply nested types do that.',
  'Invalid resolve state':
    'What the type refers to came to an end that its kind cannot have. Look at the type it leads to, and at the qualifiers on the way.',
  'Invalid array of int':
    'The elements of an array of integers must be plain ones of 8, 16, 32, 64 or 128 bits (128 since Linux 5.1), no bit fields: another encoder than a C compiler wrote this.',
  'Array size overflows U32_MAX': 'The array is larger than 4 GB, which a size of 32 bits cannot hold.',
  'Invalid member':
    'A member must be of a type with a size, which exists: not void, a function, a variable, or a struct that is only declared.',
  'Not a VAR kind member':
    'A section lists variables only, and this entry is of another kind or does not exist.',
  'Invalid type':
    'A variable of the section is of a type without a size, so that nobody can tell whether it fits. Kernels before 6.3 say this of sound BTF too, where the variable before it is a pointer, struct or array.',
  'Invalid return type':
    'A function returns void or a value with a size: this type does not exist, is a function, a variable, or a struct that is only declared.',
  'Invalid arg#%u': {
    [Kind.FUNC]:
      'All parameters of a function that has a name must have names. Prototypes without them come from declarations: take those of the definition.',
    other:
      'A parameter must have a type that exists and has a size, and its name, if any, must be an identifier. Only the last one may be void, which stands for `...` and has no name.',
  },
  'Member is not byte aligned':
    'Only bit fields of integers and, where the struct has its kflag set, of enums may begin within a byte: this member is none.',
  'Member is not properly aligned':
    'A FLOAT must stand at a multiple of its size, or of a pointer where that is smaller. A packed struct may break that, and the kernel does not take it.',
  'Member exceeds struct_size':
    'The member ends past the end of its struct: the size of the struct, of the member, or the offset is wrong. Bit fields count the whole bytes that they touch.',
  'Invalid member bitfield_size':
    'The member is a bit field of more bits than its type has, or of a type that cannot be one: only integers and enums can.',
  'Invalid member base type':
    'Where a struct has its kflag set, its members of integers must be of plain ones of 8, 16, 32, 64 or 128 bits (128 since Linux 5.1); the bits of a bit field stand in the member, not in the INT.',
  'Invalid member offset': 'An integer that is no bit field begins within a byte.',
  'bits_offset exceeds U32_MAX':
    "The member's offset and that of the bit field in its INT are together more than 32 bits can hold: the offset is damaged.",
  'nr_copy_bits exceeds %u':
    'The bit field reaches over more than 128 bits (64 before Linux 5.1), counted from the byte it begins in. The kernel reads no more at once.',
  'Max chain length or cycle detected':
    'Typedefs, qualifiers and type tags lead in a circle, or are more than 32 in a row, which is as far as kernels go since Linux 5.19.',
  "Type tags don't precede modifiers":
    'From Linux 5.19 to 7.1, type tags must come before const, volatile, restrict and typedefs in the chain from a pointer to its type. Compilers that put a tag behind them, as for a tagged typedef, need Linux 7.2.',
};
