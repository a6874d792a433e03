import type { Meanings } from './table.js';

/**
 * What there is to say where the kernel says nothing, and the problem is a sentence of ours (struct-metas.ts,
 * special-fields.ts, and here and there): it stands before each of these.
 */
export const SILENT: Meanings = {
  'The blob is larger than %u MB':
    'That is the limit for the BTF of a program, and the kernel looks no further; types that the program does not use can go.',
  'A chain of modifiers leads to a type that does not exist':
    'Behind a typedef, qualifier or type tag stands an id past the last type: a damaged blob, or the BTF of a module on a smaller vmlinux than it was made for.',
  'The kernel finds the type of the member by 16 bits only':
    'Before Linux 6.1, and up to later releases of the stable series, a struct must come after those of its types with an id from 65,536 on. Fewer types, or another order, help.',
  'A struct with special fields has a member that is not at a byte':
    'The special fields of such a struct, and since Linux 6.11 all its members, must begin at whole bytes: a bit field cannot stand there.',
  'An array has %u dimensions or more': 'Linux looks for special fields through fewer dimensions than that.',
  'The struct has more than one %s':
    'Locks, timers and their like can be in a struct only once. Since Linux 7.2, and in some stable releases, those in the structs within it count too.',
  'The struct has more than %u special fields':
    'Linux keeps 11 of them for a struct at most, 10 before 6.10. Since 6.11 those in nested structs count, and each element of an array.',
  'An array holds special fields that must not be repeated':
    'Only list heads, tree roots and pointers to kernel objects can stand in arrays, alone or in structs; locks, nodes and counters cannot.',
  'Structs stand in each other %u deep': 'Linux looks for special fields no deeper than that.',
  'A pointer with the tag %s must lead to a struct':
    'Such a pointer holds an object of the kernel or of bpf_obj_new(): not a scalar, a union or void.',
  'A pointer has more than one type tag, or one that is not known':
    'Up to Linux 7.1, in a struct with special fields the one tag behind a pointer must be kptr, kptr_untrusted or percpu_kptr, since 6.13 also uptr.',
  'A pointer has two type tags that exclude each other':
    'A pointer is one of kptr, kptr_untrusted, percpu_kptr and uptr. Tags of other names do not matter here since Linux 7.2.',
  '%s must have one tag contains:STRUCT:MEMBER':
    'The declaration tag on the member says which struct is held, and by which of its members; programs write it as __contains(STRUCT, MEMBER).',
  '%s contains a struct that does not exist':
    "The declaration tag names a struct that is not in the program's BTF: misspelt, a typedef without a struct's name, or not used anywhere, so that the compiler left it out.",
  'The special field of the struct is not of its size or not aligned':
    'The struct has a member of a type with a known name, as bpf_spin_lock or bpf_list_node, which is not as the kernel has it. Take it from linux/bpf.h or vmlinux.h, and do not pack the struct.',
  '%s ends past the end of the struct': "The struct's size does not belong to its members.",
  '%s overlaps the special field before it':
    'Special fields must stand one after the other: this layout is none that a compiler makes.',
  'The kernel has no destructor for struct %s, so that no kptr to it can be kept':
    'What is still in a map when the map goes is given back by a destructor, which the kernel or a module registers for a type. kptr_untrusted needs none.',
  '%s contains member %s, which must be one %s':
    'The member that the declaration tag names links the object into the list or tree: bpf_list_node for a list head, bpf_rb_node for a tree root.',
  '%s contains member %s, which is not aligned to %u bytes':
    'Nodes of lists and trees need that: do not pack the struct.',
  '%s contains member %s, which its struct does not have':
    'The declaration tag names a member that is not there: misspelt, or in a struct within the struct.',
  'The struct has both kinds of lock': 'A struct has a bpf_spin_lock or a bpf_res_spin_lock.',
  'The struct has a list or tree, but no lock for it':
    'A bpf_spin_lock, or since Linux 6.15 a bpf_res_spin_lock, must be in the same struct as the bpf_list_head or bpf_rb_root that it guards.',
  'The struct can be in a list and in a tree, but has no bpf_refcount':
    'Something must count who holds it. Before Linux 6.4, which brought bpf_refcount, a struct could not have both nodes.',
  'What %s contains is no struct with special fields':
    "Its node is of another type of the same name than the program's first bpf_list_node or bpf_rb_node, the only one that counts: deduplicate the BTF.",
  'The struct is owned by another and owns one that owns others':
    'These kernels let a struct that is in a list or tree hold only such that hold none themselves, so that ownership cannot go round; Linux 7.3 and some stable releases count how deep it goes.',
  'Structs own each other in a circle, or more than %u deep':
    'Lists, trees and kptrs own what they hold. Linux 7.3, and some stable releases, bound the depth because objects are freed one within the other on the stack of the kernel.',
};
