import type { Meanings } from './table.js';

/**
 * What concerns modules alone (module.ts): most of it `.BTF.base`, whose types are looked for in the kernel's own BTF
 * (distill/relocate.ts).
 */
export const MODULES: Meanings = {
  "The kernel's own BTF is refused, and with it that of every module":
    'The kernel refused its own BTF at boot, and now refuses every module that has BTF. The reason is in the log of the boot; of a module only the line with the errno is printed.',
  'type [%u], kind [%u] is invalid for distilled base BTF; it is anonymous':
    'All types in `.BTF.base` must have a name, since they are found in the kernel by it: this section was not made by pahole, resolve_btfids or their like.',
  'type [%u] in distilled based BTF has unexpected kind [%u]':
    'Only integers, floats, enums, structs, unions and declarations can stand in `.BTF.base`: this is ordinary BTF, or was not made by pahole, resolve_btfids or their like.',
  'base BTF id [%u] maps to invalid distilled base BTF id [%u]':
    "A type of the kernel's BTF has an empty name at an offset that is not 0, which is taken for void: the kernel's own BTF was written wrongly.",
  "distilled base BTF type '%s' [%u], size %u has multiple candidates of the same size (ids [%u, %u]) in base BTF":
    'The kernel has several types of this name and size, and nothing tells which of them the module means. The module must be built against this very kernel, or the types in the kernel deduplicated or renamed.',
  "distilled base BTF type '%s' [%u] is not mapped to base BTF id":
    'The kernel has no type of this name, kind and, where the module holds it by value, size: it was removed, renamed or changed, or the option that brings it is off. The module must be built against this kernel.',
  "string '' [offset %u] is not mapped to base BTF":
    'A name in the module stands in the strings of `.BTF.base`, where it is the name of no type: the two sections do not belong together.',
};
