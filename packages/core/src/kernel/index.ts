/**
 * A kernel's BTF and that of its modules, found as libbpf finds it, in the files of this machine or of a captured one.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Kernel, memoryTree, missingType } from '@btfkit/core/kernel';
 *
 * const kernel = new Kernel(
 *   memoryTree({
 *     '/sys/kernel/btf/vmlinux': readFileSync('fixtures/module/mini-vmlinux.btf'),
 *     '/proc/modules': 'nf_conntrack_netlink 57344 0 - Live 0x0000000000000000\n',
 *     '/proc/kallsyms': '0000000000000000 t ctnetlink_fill_info\t[nf_conntrack_netlink]\n',
 *   }),
 * );
 * kernel.attachment('kprobe/ctnetlink_fill_info').modules; // => ['nf_conntrack_netlink']
 *
 * // This kernel has no BTF of the module: vmlinux's types are what there is, until a type is missing.
 * const [module] = await kernel.modulesFor('kprobe/ctnetlink_fill_info');
 * module.from; // => 'vmlinux'
 * module.btf === (await kernel.vmlinux()).btf; // => true
 * missingType('struct ctnetlink_filter', [module]).modules[0].file; // => '/sys/kernel/btf/nf_conntrack_netlink'
 * ```
 *
 * `FileTree` is all that it asks of a machine; the command has one for folders.
 */
export { type AttachForm, type AttachTarget, attachTarget } from './attach.js';
export type { Attachment } from './attachment.js';
export { Kallsyms, type KernelSymbol } from './kallsyms.js';
export { Kernel, type KernelOptions, type ModuleList } from './kernel.js';
export { MissingTypeError, missingType, type WithoutBtf } from './missing-type.js';
export { type ModuleBtf, namesAreWhole } from './module-btf.js';
export { isModuleName, kernelName, moduleNameOf } from './module-files.js';
export type { ModuleState } from './module-states.js';
export { FileError, type FileTree, type FolderEntry, memoryTree, type OpenFile } from './tree.js';
export { imagePaths, type VmlinuxBtf, vmlinuxPaths } from './vmlinux.js';
