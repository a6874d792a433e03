import type { CoreRelo } from '../ext/index.js';
import { type BpfObject, type BpfProgram, type ObjectRelo, stringAt } from './object.js';
import { INSN_SIZE, Instructions, type Patched } from './patch.js';
import { CoreRefusal } from './refusal.js';
import { type Resolution, Resolver } from './resolve.js';
import { formatSpec, kindText } from './spec.js';
import type { CoreTarget } from './target.js';
import { CoreTypes, describeType } from './types.js';

/** A type of the target that could have been meant. */
export interface CandidateReport {
  /** `vmlinux`, or a module. */
  readonly btf: string;
  readonly typeId: number;
  /** What was found of the access in it, as libbpf writes it. */
  readonly spec: string;
  /** Why it is not what the program asks for; null where it is. */
  readonly mismatch: string | null;
}

/** Where an instruction comes from. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Text of the line; '' where the compiler did not have it. */
  readonly text: string;
}

/** One relocation of an object, and what became of its instruction. Texts are made when asked for. */
export class Relocation {
  readonly object: BpfObject;
  readonly program: BpfProgram;
  readonly relo: ObjectRelo;
  /** Place of the instruction in its program. */
  readonly insn: number;
  readonly outcome: 'patched' | 'poisoned' | 'refused';
  /** Why it was poisoned or refused; '' where it was patched. */
  readonly reason: string;
  /** As libbpf names the error of a refusal; '' elsewhere. */
  readonly errnoName: string;
  /** The value that the instruction was made with, and the one it has now. Null where there is none. */
  readonly before: bigint | null;
  readonly after: bigint | null;
  /** What of the instruction was changed; null unless it was patched. */
  readonly patched: Patched | null;
  readonly #resolution: Resolution;

  constructor(
    object: BpfObject,
    program: BpfProgram,
    relo: ObjectRelo,
    resolution: Resolution,
    result: Patched | CoreRefusal,
  ) {
    this.object = object;
    this.program = program;
    this.relo = relo;
    this.insn = relo.insnOff / INSN_SIZE - program.start;
    this.#resolution = resolution;
    this.before = resolution.decision?.before.value ?? null;
    const isRefused = result instanceof CoreRefusal;
    this.errnoName = isRefused ? result.errnoName : '';
    this.patched = isRefused || result.field === null ? null : result;
    this.after = this.patched === null ? null : (resolution.decision?.after?.value ?? null);
    this.outcome = isRefused ? 'refused' : result.field === null ? 'poisoned' : 'patched';
    if (this.outcome === 'patched') this.reason = '';
    else this.reason = result.problem ?? this.#whyMissing();
  }

  #whyMissing(): string {
    const { tried } = this.#resolution;
    const type = describeType(this.object.btf!, this.relo.typeId);
    if (tried.length === 0) return `the target has no ${type}`;
    return tried.length === 1 ? tried[0].mismatch! : `none of ${tried.length} candidates has it`;
  }

  /** `byte_off`, `type_exists`. */
  get kind(): string {
    return kindText(this.relo.kind);
  }

  /** What the program asks for, as libbpf writes it: `[5] struct sock.sk_flags (0:3 @ offset 24)`. */
  get spec(): string {
    const { local } = this.#resolution;
    if (local !== undefined) return formatSpec(local);
    const { btf } = this.object;
    const { typeId, accessStrOff } = this.relo;
    const type = typeId < btf!.endId ? describeType(btf!, typeId) : 'type that is not there';
    return `[${typeId}] ${type} + ${stringAt(btf!, accessStrOff)}`;
  }

  get candidates(): CandidateReport[] {
    return this.#resolution.tried.map(({ btfName, id, spec, mismatch }) => ({
      btf: btfName,
      typeId: id,
      spec: formatSpec(spec),
      mismatch,
    }));
  }

  /** Undefined where the object has no line information for it. */
  get source(): SourceLine | undefined {
    const { btf } = this.object;
    const line = this.object.lineAt(this.relo.sectionName, this.relo.insnOff);
    if (line === undefined) return undefined;
    return {
      file: stringAt(btf!, line.fileNameOff),
      line: line.line,
      column: line.column,
      text: stringAt(btf!, line.lineOff).trim(),
    };
  }
}

export interface ApplyOptions {
  /** Which programs and subprograms to relocate; all of them unless given. What is left out is as if it were not there. */
  readonly only?: ((program: BpfProgram) => boolean) | undefined;
}

/** An object relocated against a target. */
export interface Applied {
  /** The file with its instructions patched. Where a relocation was refused, its instruction is poisoned. */
  readonly bytes: Uint8Array;
  /** In the order in which they were made: those of programs that libbpf loads come first. */
  readonly relocations: readonly Relocation[];
  /** Relocations of functions that are no longer there, as the linker leaves them: libbpf skips them too. */
  readonly skipped: readonly ObjectRelo[];
}

/**
 * Relocates all programs of an object, as libbpf does before it loads them (bpf_object__relocate_core). Goes on after
 * a relocation that libbpf refuses, which ends there: then `relocations` has one whose outcome is `refused`. Programs
 * in sections whose name starts with `?`, which are loaded when asked for, are relocated after all others. Throws
 * FormatError where a type that is needed is malformed.
 */
export function applyCore(object: BpfObject, target: CoreTarget, options: ApplyOptions = {}): Applied {
  const { source, btf, littleEndian } = object;
  // Not slice(): a Node Buffer's is no copy.
  const bytes = new Uint8Array(source.read(0, source.size));
  if (btf === null) return { bytes, relocations: [], skipped: [] };
  const local = new CoreTypes(btf, 8);
  target.prepare(rootTypes(local, object.relocations));
  const resolver = new Resolver(local, target, littleEndian);
  const relocations: Relocation[] = [];
  const skipped: ObjectRelo[] = [];
  const later: (readonly [ObjectRelo, BpfProgram])[] = [];
  const relocate = (relo: ObjectRelo, program: BpfProgram) => {
    const resolution: Resolution = { tried: [] };
    const instructions = instructionsOf(bytes, program, littleEndian);
    const insn = relo.insnOff / INSN_SIZE - program.start;
    const result = orRefusal(() => instructions.patch(insn, resolver.resolve(relo, resolution)));
    if (result instanceof CoreRefusal) instructions.poison(insn);
    relocations.push(new Relocation(object, program, relo, resolution, result));
  };
  for (const relo of object.relocations) {
    const program = object.programAt(relo.sectionName, relo.insnOff / INSN_SIZE);
    if (program === undefined) skipped.push(relo);
    else if (options.only?.(program) === false) continue;
    else if (program.isLoaded) relocate(relo, program);
    else later.push([relo, program]);
  }
  for (const [relo, program] of later) relocate(relo, program);
  return { bytes, relocations, skipped };
}

function instructionsOf(
  bytes: Uint8Array,
  { section, start, length }: BpfProgram,
  littleEndian: boolean,
): Instructions {
  const at = section.offset + start * INSN_SIZE;
  return new Instructions(bytes.subarray(at, at + length * INSN_SIZE), littleEndian);
}

/** The types that relocations are about; what does not exist is told of later. */
export function rootTypes(
  local: CoreTypes,
  relocations: readonly CoreRelo[],
): { readonly name: Uint8Array; readonly kind: number }[] {
  const ids = new Set(relocations.map(({ typeId }) => typeId).filter(id => id < local.btf.endId));
  return Array.from(ids, id => ({ name: local.nameBytes(id), kind: local.kind(id) }));
}

function orRefusal<T>(body: () => T): T | CoreRefusal {
  try {
    return body();
  } catch (error) {
    if (error instanceof CoreRefusal) return error;
    throw error;
  }
}
