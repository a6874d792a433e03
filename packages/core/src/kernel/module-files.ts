import { fileName } from '../bytes/index.js';
import { MODULE_FOLDERS } from './release.js';
import { type FileTree, tryList, tryReadText } from './tree.js';

/**
 * The name by which the kernel knows a module file: `nf_nat` for `a/nf-nat.ko.xz`. Undefined for what is none by its
 * name. Folders may be told apart as Windows does it, too.
 */
export function moduleNameOf(path: string): string | undefined {
  const name = fileName(path).match(/^(.+)\.ko(?:\.debug)?(?:\.gz|\.xz|\.zst)?$/)?.[1];
  return name === undefined ? undefined : kernelName(name);
}

/** The build writes underscores for dashes in names (KBUILD_MODNAME), and so does the kernel. */
export function kernelName(name: string): string {
  return name.replaceAll('-', '_');
}

/** Whether a file of /sys/kernel/btf is a module's: `vmlinux.inline` is not, nor `nf_nat.inline`. */
export function isModuleName(name: string): boolean {
  return name !== 'vmlinux' && /^[^./\s\0]+$/.test(name);
}

/** The module files of one release, and which modules are built into the kernel. Reads what it is asked for, once. */
export class ModuleFiles {
  private readonly tree: FileTree;
  /** Folders of the release, the lowest priority last. */
  readonly folders: readonly string[];
  private readonly indexes = new Map<string, ReadonlyMap<string, string>>();
  private builtin: ReadonlySet<string> | undefined;

  constructor(tree: FileTree, release: string | undefined) {
    this.tree = tree;
    this.folders = release === undefined ? [] : MODULE_FOLDERS.map(folder => `${folder}/${release}`);
  }

  /** Paths where the file of a module may be, the likeliest first. A list names files that need not be there. */
  *paths(name: string): Iterable<string> {
    for (const folder of this.folders) {
      const path = this.index(folder).get(name);
      if (path !== undefined) yield path;
    }
  }

  /** As modules.builtin has it. */
  isBuiltin(name: string): boolean {
    this.builtin ??= new Set(this.folders.flatMap(folder => this.listed(`${folder}/modules.builtin`) ?? []));
    return this.builtin.has(name);
  }

  private listed(list: string): string[] | undefined {
    return tryReadText(this.tree, list)
      ?.split('\n')
      .flatMap(line => moduleNameOf(line.trim()) ?? []);
  }

  /** Module names to paths: from modules.dep, or where there is none from the folder itself. */
  private index(folder: string): ReadonlyMap<string, string> {
    let index = this.indexes.get(folder);
    if (index === undefined) {
      const list = tryReadText(this.tree, `${folder}/modules.dep`);
      index = indexOf(list === undefined ? this.walk(folder) : inDependencies(list, folder));
      this.indexes.set(folder, index);
    }
    return index;
  }

  /** Links to folders are not followed: `build` and `source` lead elsewhere. */
  private *walk(folder: string): Iterable<string> {
    const entries = tryList(this.tree, folder) ?? [];
    // depmod prefers what was added later to what came with the kernel.
    const rank = (name: string) => ['updates', 'extra'].indexOf(name) >>> 0;
    for (const { name, isFolder } of [...entries].sort((a, b) => rank(a.name) - rank(b.name))) {
      if (isFolder) yield* this.walk(`${folder}/${name}`);
      else yield `${folder}/${name}`;
    }
  }
}

/** `kernel/net/a.ko.xz: kernel/net/b.ko.xz`, paths from the folder of the release. */
function inDependencies(list: string, folder: string): string[] {
  return list
    .split('\n')
    .map(line => line.slice(0, Math.max(0, line.indexOf(':'))))
    .map(path => (path.startsWith('/') ? path : `${folder}/${path}`));
}

function indexOf(paths: Iterable<string>): Map<string, string> {
  const index = new Map<string, string>();
  for (const path of paths) {
    const name = moduleNameOf(path);
    if (name !== undefined && !index.has(name)) index.set(name, path);
  }
  return index;
}
