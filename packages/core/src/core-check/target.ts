import type { Btf, TypeId } from '../btf/index.js';
import { rootOf, sameBytes } from '../core-relo/names.js';
import { NameRoots } from '../core-relo/roots.js';
import { CoreTarget } from '../core-relo/target.js';
import { CoreTypes } from '../core-relo/types.js';
import type { Kallsyms } from '../kernel/kallsyms.js';

/** BTF of a module, on that of its kernel. */
export interface CheckModule {
  readonly name: string;
  readonly btf: Btf;
}

export interface CheckTargetOptions {
  readonly modules?: readonly CheckModule[] | undefined;
  /** Bytes of a pointer where that is known. */
  readonly pointerSize?: number | undefined;
  /** Of the same kernel; null where there is none, and symbols cannot be told. */
  readonly kallsyms?: Kallsyms | null | undefined;
  /** As messages name the file. */
  readonly kallsymsFile?: string | undefined;
}

/** A type of a kernel, and where it is. */
export interface Found {
  readonly types: CoreTypes;
  readonly id: TypeId;
  /** Null: vmlinux. */
  readonly module: string | null;
}

/** A name that is looked for, as it is, and its kind. */
export interface WantedName {
  readonly name: Uint8Array;
  readonly kind: number;
}

interface Part {
  readonly module: string | null;
  readonly types: CoreTypes;
  /** Layers whose types are this part's own, the lowest first. */
  readonly roots: readonly NameRoots[];
}

/** A kernel that objects are checked against: its types, those of its modules, its symbols. */
export class CheckTarget {
  readonly core: CoreTarget;
  readonly kallsyms: Kallsyms | null;
  readonly kallsymsFile: string;
  /** Names of the modules whose types are there. */
  readonly modules: readonly string[];
  private readonly parts: readonly Part[];

  constructor(btf: Btf, options: CheckTargetOptions = {}) {
    const { modules = [], pointerSize, kallsyms = null, kallsymsFile = '/proc/kallsyms' } = options;
    this.core = new CoreTarget(btf, { modules, pointerSize });
    this.kallsyms = kallsyms;
    this.kallsymsFile = kallsymsFile;
    this.modules = modules.map(({ name }) => name);
    const layers: Btf[] = [];
    for (let layer: Btf | null = btf; layer !== null; layer = layer.base) layers.unshift(layer);
    this.parts = [
      { module: null, types: new CoreTypes(btf, pointerSize), roots: layers.map(one => new NameRoots(one)) },
      ...modules.map(({ name, btf: own }) => ({
        module: name,
        types: new CoreTypes(own, pointerSize),
        roots: [new NameRoots(own)],
      })),
    ];
  }

  /** Looks up many names in one pass over the kernel's own types. */
  prepare(wanted: readonly WantedName[]): void {
    const roots = wanted.map(({ name, kind }) => ({ root: rootOf(name), kind }));
    for (const layer of this.parts[0].roots) layer.find(roots);
  }

  /** The first type of that very name and kind: the kernel's, or else a module's (libbpf's find_ksym_btf_id). */
  find(name: Uint8Array, kind: number, isWanted = (_module: string | null) => true): Found | null {
    for (const part of this.parts) {
      const id = isWanted(part.module) ? findIn(part, name, kind) : 0;
      if (id !== 0) return { types: part.types, id, module: part.module };
    }
    return null;
  }

  /** The first type of that name and kind that the BTF of `where` has, its base included (btf__find_by_name_kind). */
  findIn({ module, types }: Found, name: Uint8Array, kind: number): Found | null {
    for (const part of this.parts) {
      if (part.module !== null && part.module !== module) continue;
      const id = findIn(part, name, kind);
      if (id !== 0) return { types, id, module };
    }
    return null;
  }
}

function findIn({ types, roots }: Part, name: Uint8Array, kind: number): TypeId {
  const wanted = { root: rootOf(name), kind };
  for (const layer of roots) {
    for (const id of layer.named(wanted)) {
      if (types.btf.kind(id) === kind && sameBytes(types.nameBytes(id), name)) return id;
    }
  }
  return 0;
}
