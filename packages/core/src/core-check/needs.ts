import { Kind } from '../btf/index.js';
import { Relo } from '../core-relo/kinds.js';
import { rootOf } from '../core-relo/names.js';
import type { BpfObject, ObjectRelo } from '../core-relo/object.js';
import type { Spec } from '../core-relo/spec.js';
import { CoreTypes } from '../core-relo/types.js';
import type { CoreRelo } from '../ext/index.js';
import { type AttachTarget, attachTarget } from '../kernel/attach.js';
import { nearNames, SCHED_SWITCH, tracepointType } from './attachments.js';
import { type Extern, readExterns } from './externs.js';
import { INTERFACES } from './features.js';
import { type ObjectFunction, readFunctions } from './functions.js';
import { queryKey } from './query.js';
import { readStructOps, type StructOpsMap } from './struct-ops.js';
import type { WantedName } from './target.js';

/** A relocation of an object, in the order in which libbpf makes them: programs in `?` sections come last. */
export interface NeededRelocation {
  readonly relo: ObjectRelo;
  /** Index of its function. */
  readonly function: number;
  /** In the function. */
  readonly insn: number;
  /** Index in `Needs.queries`. */
  readonly query: number;
}

/** A program, and what it attaches to by the name of its section. */
export interface NeededAttachment {
  readonly function: number;
  readonly target: AttachTarget;
}

/** All that an object asks of a kernel. */
export interface ObjectNeeds {
  readonly object: BpfObject;
  /** Null where it has no BTF. */
  readonly local: CoreTypes | null;
  /** Relocations as they were read. */
  readonly specs: Map<CoreRelo, Spec>;
  readonly functions: readonly ObjectFunction[];
  readonly relocations: readonly NeededRelocation[];
  readonly externs: readonly Extern[];
  readonly attachments: readonly NeededAttachment[];
  readonly structOps: readonly StructOpsMap[];
  /** By function: libbpf loads it unless told otherwise. */
  readonly isLoaded: readonly boolean[];
  /** Number of its first requirement: relocations first, then externs, attachments, struct_ops maps. */
  readonly first: number;
}

/** A relocation that is the same in all objects that have it. */
export interface Query {
  /** One that has it. */
  readonly object: number;
  readonly relocation: number;
  /** Index in `Needs.names` of the type that candidates are looked for by; -1 where none are. */
  readonly name: number;
}

/** What many objects ask of a kernel, each question once. */
export interface Needs {
  readonly objects: readonly ObjectNeeds[];
  readonly queries: readonly Query[];
  /** Types of relocations: name and kind, as the programs have them. */
  readonly names: readonly WantedName[];
  /** Names of functions, variables, tracepoints and structs that are looked for as they are. */
  readonly exact: readonly WantedName[];
  /** The same of what could stand for them. */
  readonly near: readonly WantedName[];
  /** Requirements of all objects. */
  readonly count: number;
}

const encoder = new TextEncoder();

/** Reads what objects need. Throws FormatError. */
export function readNeeds(objects: readonly BpfObject[]): Needs {
  const builder = new NeedsBuilder();
  for (const object of objects) builder.add(object);
  return builder;
}

class NeedsBuilder implements Needs {
  readonly objects: ObjectNeeds[] = [];
  readonly queries: Query[] = [];
  readonly names: WantedName[] = [];
  readonly exact: WantedName[] = [];
  readonly near: WantedName[] = [{ name: SCHED_SWITCH, kind: Kind.TYPEDEF }, ...INTERFACES];
  count = 0;
  private readonly queryNumbers = new Map<string, number>();
  private readonly nameNumbers = new Map<string, number>();

  add(object: BpfObject): void {
    const local = object.btf === null ? null : new CoreTypes(object.btf, 8);
    const functions = readFunctions(object);
    const externs = readExterns(object, local);
    const attachments = functions.flatMap(({ program, isSubprogram }, index) => {
      const target = isSubprogram ? null : attachTarget(program.sectionName);
      return target === null ? [] : [{ function: index, target }];
    });
    const structOps = readStructOps(object, local, functions);
    const relocations = local === null ? [] : this.relocations(object, local, functions);
    this.objects.push({
      object,
      local,
      specs: new Map(),
      functions,
      relocations,
      externs,
      attachments,
      structOps,
      isLoaded: functions.map(({ program }, index) => program.isLoaded && !isSpare(structOps, index)),
      first: this.count,
    });
    this.count += relocations.length + externs.length + attachments.length + structOps.length;
    for (const { kernelName, what } of externs) {
      if (what === 'func') this.exact.push({ name: kernelName, kind: Kind.FUNC });
      if (what === 'var') this.exact.push({ name: kernelName, kind: Kind.VAR });
    }
    for (const { target } of attachments) this.attachment(target);
    for (const { valueName, kernelName } of structOps) {
      this.exact.push({ name: valueName, kind: Kind.STRUCT }, { name: kernelName, kind: Kind.STRUCT });
    }
  }

  private relocations(
    object: BpfObject,
    local: CoreTypes,
    functions: readonly ObjectFunction[],
  ): NeededRelocation[] {
    const found: (Omit<NeededRelocation, 'query'> & { readonly isLoaded: boolean })[] = [];
    for (const relo of object.relocations) {
      const place = relo.insnOff / 8;
      const index = functions.findLastIndex(
        ({ program: { sectionName, start, length } }) =>
          sectionName === relo.sectionName && start <= place && place < start + length,
      );
      if (index < 0) continue;
      const { program } = functions[index];
      found.push({ relo, function: index, insn: place - program.start, isLoaded: program.isLoaded });
    }
    const ordered = [...found.filter(one => one.isLoaded), ...found.filter(one => !one.isLoaded)];
    return ordered.map(({ relo, function: index, insn }, relocation) => {
      const key = queryKey(local, relo, functions[index].code.slice(insn), object.littleEndian);
      let query = key === null ? undefined : this.queryNumbers.get(key);
      if (query === undefined) {
        query = this.queries.length;
        if (key !== null) this.queryNumbers.set(key, query);
        this.queries.push({ object: this.objects.length, relocation, name: this.nameOf(local, relo) });
      }
      return { relo, function: index, insn, query };
    });
  }

  /** Types that tell whether a program's target is there, and what could stand for it. */
  private attachment({ form, name, type }: AttachTarget): void {
    if (name === '') return;
    const tracepoint = { name: encoder.encode(tracepointType(name)), kind: Kind.TYPEDEF };
    if (type !== null) this.exact.push({ name: encoder.encode(type.name), kind: type.kind });
    else if (form === 'tracepoint') this.exact.push(tracepoint);
    if (form !== 'function') return;
    this.near.push(tracepoint);
    for (const near of [name, ...nearNames(name)]) {
      this.near.push({ name: encoder.encode(near), kind: Kind.FUNC });
    }
  }

  private nameOf(local: CoreTypes, { kind, typeId }: ObjectRelo): number {
    if (kind === Relo.TYPE_ID_LOCAL || typeId >= local.btf.endId) return -1;
    const name = local.nameBytes(typeId);
    if (name.length === 0) return -1;
    const key = `${local.kind(typeId)} ${String.fromCharCode(...rootOf(name))}`;
    let number = this.nameNumbers.get(key);
    if (number === undefined) {
      number = this.names.length;
      this.nameNumbers.set(key, number);
      this.names.push({ name, kind: local.kind(typeId) });
    }
    return number;
  }
}

/** Programs of maps that are made only when asked for are loaded with these (bpf_object_adjust_struct_ops_autoload). */
function isSpare(maps: readonly StructOpsMap[], index: number): boolean {
  const holders = maps.filter(({ members }) => members.some(({ program }) => program === index));
  return holders.length > 0 && holders.every(({ isOptional }) => isOptional);
}
