import { exists, type FileTree, tryList, tryReadText } from './tree.js';

/** `unknown`: the tree has neither /proc/modules nor /sys/module. */
export type ModuleState = 'loaded' | 'not loaded' | 'built in' | 'unknown';

/** Which modules a kernel has loaded, as its /proc/modules says, or else its /sys/module. */
export class ModuleStates {
  private readonly tree: FileTree;
  private read: ReadonlySet<string> | null | undefined;

  constructor(tree: FileTree) {
    this.tree = tree;
  }

  /** Null where there is no /proc/modules: it was not captured, or the kernel takes no modules. */
  get loaded(): ReadonlySet<string> | null {
    if (this.read === undefined) {
      const text = tryReadText(this.tree, '/proc/modules');
      this.read = text === undefined ? null : new Set(text.match(/^[^\s]+/gm));
    }
    return this.read;
  }

  /** `isBuiltin` is what the release's list says. */
  of(name: string, isBuiltin: boolean): ModuleState {
    if (this.loaded?.has(name)) return 'loaded';
    const folder = `/sys/module/${name}`;
    // Only what was loaded has this; what is built in has a folder where it takes parameters.
    if (this.loaded === null && exists(this.tree, `${folder}/initstate`)) return 'loaded';
    if (isBuiltin || tryList(this.tree, folder) !== undefined) return 'built in';
    return this.loaded !== null || tryList(this.tree, '/sys/module') !== undefined ? 'not loaded' : 'unknown';
  }
}
