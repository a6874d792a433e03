import type { CoreRelo } from '../ext/index.js';
import { type Decision, decide } from './decision.js';
import { Relo } from './kinds.js';
import { type Match, matchSpec } from './match.js';
import { CoreRefusal, refuseAs } from './refusal.js';
import { kindText, parseSpec, type Spec } from './spec.js';
import type { Candidate, CoreTarget } from './target.js';
import type { CoreTypes } from './types.js';

/** A candidate and what came of it. */
export interface Tried extends Candidate, Match {}

/** Where the relocation of one record has come to; filled in as far as it went. */
export interface Resolution {
  /** Undefined where the record cannot be read. */
  local?: Spec;
  readonly tried: Tried[];
  /** The first candidate that has it. */
  target?: Spec;
  decision?: Decision;
}

/**
 * Relocations of one program object against one target. Candidates that once lacked something the program asks for
 * are out for all later relocations of the same type, as in libbpf: so the order of records counts.
 */
export class Resolver {
  private readonly local: CoreTypes;
  private readonly target: CoreTarget;
  private readonly littleEndian: boolean;
  private readonly specs: Map<CoreRelo, Spec>;
  private readonly candidates = new Map<number, readonly Candidate[]>();

  /**
   * `littleEndian`: of the machine that the program is for. `specs`: what records were read as before, to be shared by
   * the resolvers of one object for several targets.
   */
  constructor(
    local: CoreTypes,
    target: CoreTarget,
    littleEndian: boolean,
    specs = new Map<CoreRelo, Spec>(),
  ) {
    this.local = local;
    this.target = target;
    this.littleEndian = littleEndian;
    this.specs = specs;
  }

  /**
   * What a record's instruction is to become: bpf_core_resolve_relo and bpf_core_calc_relo_insn. Notes in `into` what
   * it finds, for messages. Throws CoreRefusal where libbpf refuses, FormatError where the target's BTF is malformed.
   */
  resolve(relo: CoreRelo, into: Resolution): Decision {
    const { local } = this;
    if (relo.typeId >= local.btf.endId) {
      throw new CoreRefusal('EINVAL', `type id ${relo.typeId}, the program's ids end at ${local.btf.endId}`);
    }
    const candidates = relo.kind === Relo.TYPE_ID_LOCAL ? [] : this.candidatesOf(relo);
    const spec = this.specOf(relo);
    into.local = spec;
    if (relo.kind === Relo.TYPE_ID_LOCAL) {
      const value = { value: BigInt(relo.typeId), isCertain: false, size: 0, type: 0 };
      into.decision = { before: value, after: value, breaksAccess: false };
      return into.decision;
    }
    const matching: Candidate[] = [];
    for (const candidate of candidates) {
      const match = matchSpec(spec, candidate.types, candidate.id);
      into.tried.push({ ...candidate, ...match });
      if (match.mismatch !== null) continue;
      const decision = decide(spec, match.spec, this.littleEndian);
      if (into.decision === undefined) {
        into.decision = decision;
        into.target = match.spec;
      } else checkSame(into.decision, into.target!, decision, match.spec);
      matching.push(candidate);
    }
    if (matching.length > 0) this.candidates.set(relo.typeId, matching);
    into.decision ??= decide(spec, null, this.littleEndian);
    return into.decision;
  }

  private specOf(relo: CoreRelo): Spec {
    let spec = this.specs.get(relo);
    if (spec === undefined) {
      spec = refuseAs('EINVAL', 'not a relocation of this type', () => parseSpec(this.local, relo));
      this.specs.set(relo, spec);
    }
    return spec;
  }

  private candidatesOf(relo: CoreRelo): readonly Candidate[] {
    const known = this.candidates.get(relo.typeId);
    if (known !== undefined) return known;
    const name = this.local.nameBytes(relo.typeId);
    if (name.length === 0) {
      const type = this.local.describe(relo.typeId);
      throw new CoreRefusal('EINVAL', `${kindText(relo.kind)} of ${type}, which has no name to look for`);
    }
    const found = this.target.candidates(name, this.local.kind(relo.typeId));
    this.candidates.set(relo.typeId, found);
    return found;
  }
}

/** All candidates that have it must agree on what the instruction is to be. */
function checkSame(first: Decision, firstSpec: Spec, other: Decision, otherSpec: Spec): void {
  const ids = `[${firstSpec.root}] and [${otherSpec.root}]`;
  if (firstSpec.bitOffset !== otherSpec.bitOffset) {
    const bits = `${firstSpec.bitOffset} and ${otherSpec.bitOffset}`;
    throw new CoreRefusal('EINVAL', `ambiguous: ${ids} have the field at bit offsets ${bits}`);
  }
  const [value, otherValue] = [first.after?.value, other.after?.value];
  if (value === otherValue) return;
  throw new CoreRefusal(
    'EINVAL',
    `ambiguous: ${ids} give ${value ?? 'nothing'} and ${otherValue ?? 'nothing'}`,
  );
}
