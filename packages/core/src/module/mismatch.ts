import { type Btf, Kind, kindName, type TypeId } from '../btf/index.js';
import type { BtfIds, IdKind } from '../ids/index.js';
import { layoutBreach } from './layout-breach.js';
import { type References, walk } from './references.js';

/** BTF that a kernel takes, and that means something else there than where it was made. */
export interface Mismatch {
  /**
   * `certain`: no encoder makes such BTF on this base. `likely`: of one kind of fault alone, which may be damage to a
   * few types, or the work of another tool.
   */
  readonly confidence: 'certain' | 'likely';
  /** What was seen, one sentence each, the strongest first. */
  readonly evidence: readonly string[];
}

/** What the base is asked again and again, for all modules that stand on it. */
export class BaseFacts {
  readonly btf: Btf;
  /** By type id: bit n for a reference of kind n without a name that leads there. */
  readonly referredBy: Uint32Array;

  constructor(btf: Btf) {
    this.btf = btf;
    this.referredBy = new Uint32Array(btf.endId);
    for (let id = 1; id < btf.endId; id++) {
      const kind = btf.kind(id);
      if (!PLAIN_REFERENCES.has(kind)) continue;
      const target = btf.sizeOrType(id);
      if (target < btf.endId) this.referredBy[target]! |= 1 << kind;
    }
  }
}

/** Kinds of which deduplication leaves one for each target, in base and split BTF together. */
const PLAIN_REFERENCES = new Set<number>([Kind.PTR, Kind.CONST, Kind.VOLATILE, Kind.RESTRICT]);
const ID_KINDS: Readonly<Record<IdKind, number>> = {
  func: Kind.FUNC,
  struct: Kind.STRUCT,
  union: Kind.UNION,
  typedef: Kind.TYPEDEF,
};

/** What a module has beside its BTF that its BTF must agree with. */
export interface Witnesses {
  readonly ids: BtfIds | undefined;
  /** Names of the file's symbols; undefined where it is stripped. */
  readonly symbols: ReadonlySet<string> | undefined;
}

/**
 * Whether split BTF stands on the base that it was made on, by the base that it is read on alone. The two are tied
 * together by offsets and ids that count on from the base's: on another base names begin in the middle of strings,
 * functions refer to what is no prototype, pointers lead to functions. `btf` may have references that lead nowhere.
 */
export function findMismatch(btf: Btf, base: BaseFacts, witnesses: Witnesses): Mismatch | undefined {
  const findings = [
    namesWithin(btf),
    wrongPrototypes(btf),
    wrongReferences(btf),
    layouts(btf),
    unknownFunctions(btf, witnesses.symbols),
    wrongIds(btf, witnesses.ids),
    repeated(btf, base),
    orphans(btf),
  ].filter(finding => finding !== undefined);
  if (findings.length === 0) return undefined;
  // One kind of fault alone may be damage to a few types.
  const certain = findings.length > 1 && (findings.some(finding => finding.certain) || findings.length > 2);
  const strongest = findings.toSorted((a, b) => Number(b.certain) - Number(a.certain));
  const evidence = strongest.map(({ text }) => text);
  const start = stringStart(btf);
  if (start !== undefined && start !== btf.strings.start) {
    evidence.push(
      `its own names fit a base with ${start} bytes of strings, the kernel's has ${btf.strings.start}`,
    );
  }
  return { confidence: certain ? 'certain' : 'likely', evidence };
}

interface Finding {
  readonly certain: boolean;
  readonly text: string;
}

/** "3 of 7 WHAT, EXAMPLE"; undefined for none. */
class Tally {
  private all = 0;
  private wrong = 0;
  private example = '';

  add(isWrong: boolean, example: () => string): void {
    this.all++;
    if (isWrong && this.wrong++ === 0) this.example = example();
  }

  finding(certain: boolean, what: string): Finding | undefined {
    if (this.wrong === 0) return undefined;
    return { certain, text: `${this.wrong} of ${this.all} ${what}: ${this.example}` };
  }
}

/** Every tool that writes BTF gives a name the offset where its string begins. */
function namesWithin(btf: Btf): Finding | undefined {
  const tally = new Tally();
  const visit = (id: TypeId, offset: number) => {
    if (offset !== 0)
      tally.add(!isStringStart(btf, offset), () => `${typeText(btf, id)} has ${nameText(btf, offset)}`);
  };
  walk(btf, { name: visit });
  return tally.finding(true, 'names do not begin where a string does');
}

function isStringStart({ strings }: Btf, offset: number): boolean {
  if (offset >= strings.end) return false;
  const { bytes, start } = strings.layer(offset);
  return offset === start || bytes[offset - start - 1] === 0;
}

function nameText(btf: Btf, offset: number): string {
  const { strings } = btf;
  if (offset >= strings.end) return `one at ${offset}, where the strings end at ${strings.end}`;
  const { bytes, start } = strings.layer(offset);
  const from = bytes.lastIndexOf(0, offset - start - 1) + 1 + start;
  return `'${short(strings.get(offset))}', a piece of '${short(strings.get(from))}'`;
}

function short(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}

function typeText(btf: Btf, id: TypeId): string {
  return `${kindName(btf.kind(id))} ${id}`;
}

function wrongPrototypes(btf: Btf): Finding | undefined {
  const tally = new Tally();
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.FUNC) continue;
    const target = btf.sizeOrType(id);
    tally.add(
      kindAt(btf, target) !== Kind.FUNC_PROTO,
      () => `FUNC ${id} refers to ${targetText(btf, target)}`,
    );
  }
  return tally.finding(true, 'functions have no prototype');
}

function kindAt(btf: Btf, id: TypeId): number | undefined {
  return id < btf.endId ? btf.kind(id) : undefined;
}

function targetText(btf: Btf, id: TypeId): string {
  const kind = kindAt(btf, id);
  if (kind === undefined) return `type ${id}, which does not exist`;
  return kind === 0 ? 'void' : `${kindName(kind)} ${id}`;
}

/** What no member, parameter, pointer or modifier can be of. */
const NO_TYPES = new Set<number>([Kind.FUNC, Kind.VAR, Kind.DATASEC, Kind.DECL_TAG]);

function wrongReferences(btf: Btf): Finding | undefined {
  const tally = new Tally();
  const visit: References['type'] = (id, target, role) => {
    if (role === 'tagged' || role === 'prototype') return;
    const kind = kindAt(btf, target);
    // A section holds variables, and nothing else does.
    const isWrong = kind === undefined || (role === 'variable' ? kind !== Kind.VAR : NO_TYPES.has(kind));
    tally.add(isWrong, () => `${typeText(btf, id)} refers to ${targetText(btf, target)}`);
  };
  walk(btf, { type: visit });
  return tally.finding(true, 'references lead to what cannot stand there');
}

function layouts(btf: Btf): Finding | undefined {
  const tally = new Tally();
  for (let id = btf.startId; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if (kind !== Kind.STRUCT && kind !== Kind.UNION) continue;
    const breach = layoutBreach(btf, id);
    tally.add(breach !== undefined, () => `${typeText(btf, id)}: ${breach}`);
  }
  return tally.finding(true, 'structs have members that do not fit their places');
}

/** Functions of a module's BTF are those that have a symbol in it; a part that the compiler split off has a suffix. */
function unknownFunctions(btf: Btf, symbols: ReadonlySet<string> | undefined): Finding | undefined {
  if (symbols === undefined) return undefined;
  const tally = new Tally();
  for (let id = btf.startId; id < btf.endId; id++) {
    const offset = btf.nameOff(id);
    if (btf.kind(id) !== Kind.FUNC || offset >= btf.strings.end) continue;
    tally.add(!symbols.has(btf.string(offset)), () => `FUNC ${id} '${short(btf.string(offset))}'`);
  }
  return tally.finding(false, 'functions have names that are no symbols of the file');
}

/** Symbols of `.BTF_ids` say what the ids are of. */
function wrongIds(btf: Btf, ids: BtfIds | undefined): Finding | undefined {
  const tally = new Tally();
  const members = new Set<number>();
  for (const set of ids?.sets ?? []) {
    const [header, size] = set.kind === 'set8' ? [8, 8] : [4, 4];
    for (let i = 0; i < set.length; i++) members.add(set.offset + header + size * i);
  }
  for (const { kind, name, offset, id } of ids?.ids ?? []) {
    // Members of a set are sorted, and no longer where their symbols are.
    if (members.has(offset) || id === 0) continue;
    const isRight = kindAt(btf, id) === ID_KINDS[kind] && nameAt(btf, id) === name;
    tally.add(
      !isRight,
      () => `that of ${kind} ${name} is ${targetText(btf, id)} '${short(nameAt(btf, id) ?? '')}'`,
    );
  }
  return tally.finding(false, 'ids in .BTF_ids are of other types');
}

function nameAt(btf: Btf, id: TypeId): string | undefined {
  if (id >= btf.endId) return undefined;
  const offset = btf.nameOff(id);
  return offset < btf.strings.end ? btf.string(offset) : undefined;
}

/** A pointer that the base has already would not have been written once more. */
function repeated(btf: Btf, base: BaseFacts): Finding | undefined {
  if (btf.base !== base.btf) return undefined;
  const tally = new Tally();
  for (let id = btf.startId; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if (!PLAIN_REFERENCES.has(kind)) continue;
    const target = btf.sizeOrType(id);
    const isRepeated = target < base.btf.endId && (base.referredBy[target]! & (1 << kind)) !== 0;
    tally.add(isRepeated, () => `${typeText(btf, id)} to ${targetText(btf, target)}`);
  }
  return tally.finding(false, "pointers and modifiers repeat one of the kernel's");
}

/** A prototype is written for what is of it, a FWD for what points to it. */
function orphans(btf: Btf): Finding | undefined {
  const referred = new Uint8Array(btf.endId);
  walk(btf, {
    type: (_, target) => {
      if (target < btf.endId) referred[target] = 1;
    },
  });
  const tally = new Tally();
  for (let id = btf.startId; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if (kind === Kind.FUNC_PROTO || kind === Kind.FWD) tally.add(referred[id] === 0, () => typeText(btf, id));
  }
  return tally.finding(false, 'prototypes and forward declarations are of nothing');
}

/**
 * Where the strings of the base ended that this was made on: the last own string is the one that the highest name
 * means. Undefined where there are no own strings, or where that is not so.
 */
function stringStart(btf: Btf): number | undefined {
  const { bytes } = btf.strings;
  if (bytes.length < 2) return undefined;
  let highest = 0;
  walk(btf, {
    name: (_, offset) => {
      highest = Math.max(highest, offset);
    },
  });
  const start = highest - (bytes.lastIndexOf(0, bytes.length - 2) + 1);
  return start > 0 ? start : undefined;
}
