import { type Elf, type Section, SHT_NOBITS } from '../elf/index.js';
import { type Call, findCalls } from './calls.js';
import type { Value } from './machine.js';
import { type Place, Relocations } from './relocations.js';

/** Who a set belongs to, struct btf_kfunc_id_set's owner. */
export type Owner = 'module' | 'nobody' | 'unknown';

/** A register call for kfuncs. */
export interface KfuncRegistration {
  readonly call: Call;
  /** The function is for what a BPF program may replace the return value of, which is no program type. */
  readonly fmodret: boolean;
  /** enum bpf_prog_type; undefined where the code does not say. */
  readonly programType: number | undefined;
  readonly owner: Owner;
  /** Offset of the set in `.BTF_ids`; undefined where the code does not say. */
  readonly set: number | undefined;
}

export interface StructOpsRegistration {
  /** "tcp_congestion_ops"; undefined where the code does not say. */
  readonly name: string | undefined;
}

export interface DtorRegistration {
  /** Number of destructors; undefined where the code does not say. */
  readonly count: number | undefined;
  readonly owner: Owner;
}

/** What a module's code registers with BPF. */
export interface Registrations {
  readonly kfuncs: readonly KfuncRegistration[];
  readonly structOps: readonly StructOpsRegistration[];
  readonly dtors: readonly DtorRegistration[];
}

const KFUNCS = 'register_btf_kfunc_id_set';
const FMODRET = 'register_btf_fmodret_id_set';
const DTORS = 'register_btf_id_dtor_kfuncs';
const STRUCT_OPS = '__register_bpf_struct_ops';
const CALLEES = new Set([KFUNCS, FMODRET, DTORS, STRUCT_OPS]);

/** Bytes of struct bpf_struct_ops in front of its function models, in the largest release. */
const STRUCT_OPS_HEAD = 128;

/** Finds the register calls of a module's code, and follows their arguments. `ids`: index of `.BTF_ids`. */
export function findRegistrations(elf: Elf, ids: number | undefined): Registrations {
  const relocations = new Relocations(elf);
  const calls = findCalls(elf, relocations, CALLEES);
  const memory = new Memory(elf, relocations);
  const of = (...callees: string[]) => calls.filter(({ callee }) => callees.includes(callee));
  return {
    kfuncs: of(KFUNCS, FMODRET).map(call => {
      const fmodret = call.callee === FMODRET;
      const programType = fmodret ? undefined : numberOf(call.args[0]);
      return { call, fmodret, programType, ...memory.kfuncSet(placeOf(call.args[fmodret ? 0 : 1]), ids) };
    }),
    structOps: of(STRUCT_OPS).map(({ args }) => ({ name: memory.structOpsName(placeOf(args[0])) })),
    dtors: of(DTORS).map(({ args }) => ({ count: numberOf(args[1]), owner: ownerOf(args[2]) })),
  };
}

function numberOf(value: Value): number | undefined {
  return value !== undefined && 'number' in value ? value.number : undefined;
}

function placeOf(value: Value): Place | undefined {
  return value !== undefined && 'place' in value ? value.place : undefined;
}

function ownerOf(value: Value): Owner {
  if (value === undefined) return 'unknown';
  if ('number' in value) return value.number === 0 ? 'nobody' : 'unknown';
  return isThisModule(value.place) ? 'module' : 'unknown';
}

function isThisModule({ symbol }: Place): boolean {
  return symbol === '__this_module';
}

/** The data of a module as it is when it is loaded. */
class Memory {
  private readonly elf: Elf;
  private readonly relocations: Relocations;

  constructor(elf: Elf, relocations: Relocations) {
    this.elf = elf;
    this.relocations = relocations;
  }

  /** struct btf_kfunc_id_set: owner, set, filter. */
  kfuncSet(place: Place | undefined, ids: number | undefined): { owner: Owner; set: number | undefined } {
    const section = this.dataAt(place);
    if (place === undefined || section === undefined) return { owner: 'unknown', set: undefined };
    const fields = this.relocations.of(section.index);
    const owner = fields.get(place.offset);
    const set = fields.get(place.offset + 8);
    return {
      owner: owner === undefined ? this.ownerWithout(section, place.offset) : ownerOf({ place: owner }),
      set: set !== undefined && set.section === ids ? set.offset : undefined,
    };
  }

  /** No relocation: nobody where the pointer is 0. */
  private ownerWithout(section: Section, offset: number): Owner {
    const bytes = this.elf.bytes(section).subarray(offset, offset + 8);
    return bytes.length === 8 && bytes.every(byte => byte === 0) ? 'nobody' : 'unknown';
  }

  /** The one field of struct bpf_struct_ops that points to a string; its place differs between releases. */
  structOpsName(place: Place | undefined): string | undefined {
    const section = this.dataAt(place);
    if (place === undefined || section === undefined) return undefined;
    const fields = this.relocations.of(section.index);
    for (let at = 0; at < STRUCT_OPS_HEAD; at += 8) {
      const field = fields.get(place.offset + at);
      const strings = field && this.elf.sections[field.section];
      if (field === undefined || strings === undefined || !/^\.rodata.*\.str/.test(strings.label)) continue;
      const bytes = this.elf.bytes(strings);
      const end = field.offset < bytes.length ? bytes.indexOf(0, field.offset) : -1;
      if (end >= 0) return new TextDecoder().decode(bytes.subarray(field.offset, end));
    }
    return undefined;
  }

  private dataAt(place: Place | undefined): Section | undefined {
    if (place === undefined || place.section === 0) return undefined;
    const section = this.elf.sections[place.section];
    return section === undefined || section.type === SHT_NOBITS ? undefined : section;
  }
}
