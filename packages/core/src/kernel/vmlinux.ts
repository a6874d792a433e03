import type { Btf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { loadBtf } from '../input/index.js';
import { codeOf, type FileTree, type OpenFile, reasonOf, tryOpen } from './tree.js';

export const SYSFS = '/sys/kernel/btf';

/** Where libbpf looks for a file with the kernel's BTF, in its order (btf__load_vmlinux_btf). */
export function vmlinuxPaths(release: string): string[] {
  return [
    `/boot/vmlinux-${release}`,
    `/lib/modules/${release}/vmlinux-${release}`,
    `/lib/modules/${release}/build/vmlinux`,
    `/usr/lib/modules/${release}/kernel/vmlinux`,
    `/usr/lib/debug/boot/vmlinux-${release}`,
    `/usr/lib/debug/boot/vmlinux-${release}.debug`,
    `/usr/lib/debug/lib/modules/${release}/vmlinux`,
  ];
}

/** Images, and compressed files, which libbpf does not read: the last resort. */
export function imagePaths(release: string): string[] {
  return [
    `/boot/vmlinux-${release}.xz`,
    `/boot/vmlinux-${release}.gz`,
    `/boot/vmlinuz-${release}`,
    `/lib/modules/${release}/vmlinuz`,
    `/usr/lib/modules/${release}/vmlinuz`,
    `/boot/kernel-${release}`,
  ];
}

/** The kernel's own BTF, and where it was found. */
export interface VmlinuxBtf {
  readonly btf: Btf;
  /** The file as messages name it. */
  readonly file: string;
  /** `sysfs`: the running kernel's own; `file`: one of libbpf's places; `image`: the compressed kernel. */
  readonly from: 'sysfs' | 'file' | 'image';
  /** Each one line: what was not there, and what was passed over. */
  readonly notes: readonly string[];
}

export interface VmlinuxOptions {
  /** Undefined where it is not known. Asked only where sysfs has no BTF. */
  readonly release: () => string | undefined;
  /** False where the tree's /sys is of another kernel than the one asked for. */
  readonly sysfs: boolean;
  /** As in ParseOptions. */
  readonly references: boolean | undefined;
}

/**
 * Finds and reads the kernel's BTF. What is wrong with the file in sysfs is an error. Of the other places, one that
 * cannot be read or has no BTF is passed over with a note, as libbpf does, and is the error where all fail.
 */
export async function loadVmlinux(tree: FileTree, options: VmlinuxOptions): Promise<VmlinuxBtf> {
  const { references } = options;
  const sysfs = `${SYSFS}/vmlinux`;
  if (options.sysfs) {
    const file = tryOpen(tree, sysfs);
    if (file !== undefined) return { btf: await readBtf(file, references), ...found(file, 'sysfs', []) };
  }
  const release = options.release();
  const notes = [options.sysfs ? `${tree.name(sysfs)} is not there` : 'the kernel of this /sys is another'];
  if (release === undefined) {
    throw new FormatError(
      `${notes[0]}, and other places are told by the kernel's release, which is not known: no /proc/sys/kernel/osrelease, no /proc/version, and not just one folder in /lib/modules`,
    );
  }
  const libbpf = vmlinuxPaths(release);
  let failure: unknown;
  for (const path of [...libbpf, ...imagePaths(release)]) {
    try {
      const file = tryOpen(tree, path);
      if (file === undefined) continue;
      const from = libbpf.includes(path) ? 'file' : 'image';
      return { btf: await readBtf(file, references), ...found(file, from, notes) };
    } catch (error) {
      notes.push(passedOver(error, tree.name(path)));
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  throw new FormatError(
    `no BTF of kernel ${release}: ${notes[0]}, nor are vmlinux or vmlinuz in /boot, /lib/modules/${release}, /usr/lib/modules/${release} or /usr/lib/debug`,
  );
}

function found({ name }: OpenFile, from: VmlinuxBtf['from'], notes: string[]) {
  return { file: name, from, notes };
}

async function readBtf(file: OpenFile, references: boolean | undefined): Promise<Btf> {
  try {
    return (await loadBtf(file, { references })).btf;
  } finally {
    file.close();
  }
}

/** Throws again what is neither a file that cannot be read nor one without sound BTF. */
function passedOver(error: unknown, name: string): string {
  if (error instanceof FormatError) return `passed over: ${error.message}`;
  const code = codeOf(error);
  if (code === undefined) throw error;
  return `passed over: ${name}: ${reasonOf(code)}`;
}
