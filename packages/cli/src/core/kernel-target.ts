import type { Btf } from '@btfkit/core/btf';
import { type BpfObject, CoreTarget, describeType, type Relocation } from '@btfkit/core/core-relo';
import {
  attachTarget,
  type Kernel,
  type MissingTypeError,
  type ModuleBtf,
  missingType,
} from '@btfkit/core/kernel';

/** A kernel as what an object is relocated against. */
export interface KernelTarget {
  readonly target: CoreTarget;
  /** The files that the types come from: vmlinux, and modules by name where one was needed. */
  readonly file: string;
  readonly modules: Readonly<Record<string, string>>;
  /** Each one line. */
  readonly notes: readonly string[];
  /**
   * Of a relocation that found no type, why: the program's module has no BTF. Undefined where the program asks whether
   * the type is there, and so is made to do without. `all`: those of the object.
   */
  missing(relocation: Relocation, all: readonly Relocation[]): MissingTypeError | undefined;
}

const encoder = new TextEncoder();

/**
 * vmlinux, and where that lacks a type all modules with BTF, as libbpf does. The modules that programs attach to are
 * read in any case: that one of them has no BTF is a note, that its BTF cannot be read is an error.
 */
export async function kernelTarget(kernel: Kernel, object: BpfObject): Promise<KernelTarget> {
  const { btf, file, notes } = await kernel.vmlinux();
  const attached = await attachedModules(kernel, btf, object);
  const theirs = [...new Set([...attached.values()].flat())];
  const alone = new CoreTarget(btf);
  const modules = hasAll(alone, object) ? [] : await withTypes(kernel, theirs);
  return {
    target: modules.length > 0 ? new CoreTarget(btf, { modules }) : alone,
    file,
    modules: Object.fromEntries(modules.map(module => [module.name, module.file])),
    notes: [...notes, ...theirs.flatMap(module => module.notes)],
    missing(relocation, all) {
      if (relocation.outcome !== 'poisoned' || relocation.candidates.length > 0) return undefined;
      if (isGuarded(relocation, all)) return undefined;
      return missingType(typeOf(relocation), attached.get(relocation.program.sectionName) ?? []);
    },
  };
}

function isGuarded(one: Relocation, all: readonly Relocation[]): boolean {
  return all.some(other => {
    if (other.program !== one.program || typeOf(other) !== typeOf(one)) return false;
    return other.kind === 'type_matches' || other.kind.endsWith('_exists');
  });
}

function typeOf({ object, relo }: Pick<Relocation, 'object' | 'relo'>): string {
  return describeType(object.btf!, relo.typeId);
}

/** By section, the modules that its programs attach to. kallsyms is asked only for what vmlinux's types do not have. */
async function attachedModules(kernel: Kernel, vmlinux: Btf, object: BpfObject) {
  const attached = new Map<string, ModuleBtf[]>();
  for (const section of new Set(object.programs.map(program => program.sectionName))) {
    const target = attachTarget(section);
    const isVmlinux = target?.module === null && target.symbols.some(symbol => vmlinux.find(symbol) > 0);
    if (target !== null && !isVmlinux) attached.set(section, await kernel.modulesFor(section));
  }
  return attached;
}

function hasAll(target: CoreTarget, { btf, relocations }: BpfObject): boolean {
  const ids = new Set(relocations.map(({ typeId }) => typeId).filter(id => btf !== null && id < btf.endId));
  const types = Array.from(ids, id => ({ name: encoder.encode(btf!.typeName(id)), kind: btf!.kind(id) }));
  target.prepare(types);
  return types.every(({ name, kind }) => target.candidates(name, kind).length > 0);
}

/** Those of sysfs, and those that programs attach to whose BTF is elsewhere. */
async function withTypes(kernel: Kernel, attached: readonly ModuleBtf[]): Promise<ModuleBtf[]> {
  const all = new Set([...(await kernel.modulesWithBtf()), ...attached]);
  return [...all].filter(({ from }) => from !== 'vmlinux');
}
