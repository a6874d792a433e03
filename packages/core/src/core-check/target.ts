import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { rootOf, sameBytes } from '../core-relo/names.js';
import { NameRoots } from '../core-relo/roots.js';
import { CoreTarget } from '../core-relo/target.js';
import { CoreTypes, enumeratorOf } from '../core-relo/types.js';
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
  /** Of the same kernel, asked for when it is needed; null where there is none, and symbols cannot be told. */
  readonly kallsyms?: (() => Kallsyms) | null | undefined;
  /** As messages name it, the same for all kernels. */
  readonly kallsymsName?: string | undefined;
  /** It has the kernel's own symbols, and none of its modules: so what it does not have may be there. */
  readonly isWithoutModules?: boolean | undefined;
  /** What `uname -r` says, or a name that begins so; null where that is not known. */
  readonly release?: string | null | undefined;
  /** Text of its configuration, as /proc/config.gz has it; null where it is not at hand. */
  readonly config?: string | null | undefined;
}

const encoder = new TextEncoder();
const KFUNC_TAG = encoder.encode('bpf_kfunc');

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
  readonly kallsymsName: string;
  readonly isWithoutModules: boolean;
  /** Names of the modules whose types are there. */
  readonly modules: readonly string[];
  readonly release: string | null;
  readonly config: string | null;
  private readonly readKallsyms: (() => Kallsyms) | null;
  private symbols: Kallsyms | undefined;
  private readonly enums = new Map<string, ReadonlySet<string> | null>();
  private readonly tagged = new Map<CoreTypes, ReadonlySet<TypeId>>();
  private readonly parts: readonly Part[];

  constructor(btf: Btf, options: CheckTargetOptions = {}) {
    const { modules = [], pointerSize, kallsymsName = 'kallsyms' } = options;
    this.release = options.release ?? null;
    this.config = options.config ?? null;
    this.core = new CoreTarget(btf, { modules, pointerSize });
    this.readKallsyms = options.kallsyms ?? null;
    this.kallsymsName = kallsymsName;
    this.isWithoutModules = options.isWithoutModules ?? false;
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

  get kallsyms(): Kallsyms | null {
    if (this.readKallsyms === null) return null;
    this.symbols ??= this.readKallsyms();
    return this.symbols;
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

  /** Names of the enumerators of an enum; null where there is none of that name. */
  enumerators(name: string): ReadonlySet<string> | null {
    let names = this.enums.get(name);
    if (names === undefined) {
      const found = this.find(encoder.encode(name), Kind.ENUM);
      names = found === null ? null : new Set(enumeratorNames(found));
      this.enums.set(name, names);
    }
    return names;
  }

  /** Whether a function is tagged as a kfunc; null where its BTF tags none: pahole does since 1.26. */
  isKfunc({ types, id }: Found): boolean | null {
    let tagged = this.tagged.get(types);
    if (tagged === undefined) {
      tagged = new Set(kfuncs(types));
      this.tagged.set(types, tagged);
    }
    return tagged.size === 0 ? null : tagged.has(id);
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

function enumeratorNames({ types, id }: Found): string[] {
  return Array.from({ length: types.btf.vlen(id) }, (_, index) =>
    types.btf.string(enumeratorOf(types, id, index).nameOff),
  );
}

/** Functions with a DECL_TAG `bpf_kfunc`, of a blob without its base. */
function* kfuncs(types: CoreTypes): Iterable<TypeId> {
  const { btf } = types;
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) === Kind.DECL_TAG && sameBytes(types.nameBytes(id), KFUNC_TAG)) yield types.third(id);
  }
}
