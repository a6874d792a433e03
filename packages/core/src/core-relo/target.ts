import type { Btf, TypeId } from '../btf/index.js';
import { rootOf } from './names.js';
import { NameRoots, type Wanted } from './roots.js';
import { CoreTypes } from './types.js';

/** A type of the target that a program's type may mean. */
export interface Candidate {
  readonly types: CoreTypes;
  readonly id: TypeId;
  /** `vmlinux`, or the module's name. */
  readonly btfName: string;
}

export interface TargetOptions {
  /** BTF of modules, each on the main BTF. Searched where that has no candidate at all. */
  readonly modules?: readonly { readonly name: string; readonly btf: Btf }[] | undefined;
  /** Bytes of a pointer where that is known, as from an ELF file's class; else the size of `long` tells. */
  readonly pointerSize?: number | undefined;
}

interface Part {
  readonly name: string;
  readonly types: CoreTypes;
  /** Layers whose types are candidates, in the order of ids. */
  readonly roots: readonly NameRoots[];
}

/**
 * What programs are relocated against: a kernel's BTF, and its modules'. Keeps what it looked up, so share one among
 * many objects. The blobs may have been parsed with `references: false`.
 */
export class CoreTarget {
  private readonly main: Part;
  private readonly modules: readonly Part[];

  constructor(btf: Btf, options: TargetOptions = {}) {
    const layers: Btf[] = [];
    for (let layer: Btf | null = btf; layer !== null; layer = layer.base) layers.unshift(layer);
    const types = new CoreTypes(btf, options.pointerSize);
    this.main = { name: 'vmlinux', types, roots: layers.map(layer => new NameRoots(layer)) };
    this.modules = (options.modules ?? []).map(module => ({
      name: module.name,
      types: new CoreTypes(module.btf, options.pointerSize),
      roots: [new NameRoots(module.btf)],
    }));
  }

  /** The kernel's BTF, without modules. */
  get btf(): Btf {
    return this.main.types.btf;
  }

  /** Looks up many types in one pass, by their names, before they are asked for one by one. */
  prepare(types: readonly { readonly name: Uint8Array; readonly kind: number }[]): void {
    const wanted = types.map(({ name, kind }) => ({ root: rootOf(name), kind }));
    for (const layer of this.main.roots) layer.find(wanted);
  }

  /**
   * Types of the same root of name and the same kind, in the order of ids: bpf_core_find_cands. Modules are asked in
   * their order where the kernel itself has none, and then each of them.
   */
  candidates(name: Uint8Array, kind: number): Candidate[] {
    const wanted = { root: rootOf(name), kind };
    const found = candidatesIn(this.main, wanted);
    return found.length > 0 ? found : this.modules.flatMap(module => candidatesIn(module, wanted));
  }
}

function candidatesIn({ name, types, roots }: Part, wanted: Wanted): Candidate[] {
  return roots.flatMap(layer => layer.named(wanted)).map(id => ({ types, id, btfName: name }));
}
