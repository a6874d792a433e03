import { Relocation } from '../core-relo/apply.js';
import { Relo } from '../core-relo/kinds.js';
import { Instructions, type Patched } from '../core-relo/patch.js';
import { CoreRefusal } from '../core-relo/refusal.js';
import { type Resolution, Resolver } from '../core-relo/resolve.js';
import type { CoreTarget } from '../core-relo/target.js';
import { type Answer, answer, OK } from './answer.js';
import type { NeededRelocation, Needs, ObjectNeeds } from './needs.js';
import type { Relocated } from './reach.js';

/** What became of a relocation on one kernel. */
export interface Outcome {
  readonly answer: Answer;
  /** For following the program; null where it changes nothing that is followed. */
  readonly relocated: Relocated | null;
}

/**
 * The relocations of many objects on one kernel, each question asked once. Where a type has several candidates, those
 * that once lacked something are out for the later relocations of the object: these are asked one after the other.
 */
export class RelocationOutcomes {
  private readonly needs: Needs;
  private readonly target: CoreTarget;
  private readonly known: (Outcome | undefined)[];
  /** By object, for what is asked in no order. */
  private readonly resolvers: (Resolver | undefined)[];
  /** By name of `needs.names`: has it several candidates? */
  private readonly ambiguous: Uint8Array;

  constructor(needs: Needs, target: CoreTarget) {
    this.needs = needs;
    this.target = target;
    this.known = new Array(needs.queries.length);
    this.resolvers = new Array(needs.objects.length);
    target.prepare(needs.names);
    this.ambiguous = Uint8Array.from(needs.names, ({ name, kind }) =>
      target.candidates(name, kind).length > 1 ? 1 : 0,
    );
  }

  /** In the order of the object's relocations. */
  of(needs: ObjectNeeds): Outcome[] {
    const resolver = needs.local === null ? null : this.resolverFor(needs);
    return needs.relocations.map(relocation => {
      const { name } = this.needs.queries[relocation.query];
      const inOrder = name >= 0 && this.ambiguous[name] === 1;
      return inOrder ? resolve(needs, relocation, resolver!) : this.query(relocation.query);
    });
  }

  private query(number: number): Outcome {
    let outcome = this.known[number];
    if (outcome === undefined) {
      const { object, relocation } = this.needs.queries[number];
      const needs = this.needs.objects[object];
      this.resolvers[object] ??= this.resolverFor(needs);
      outcome = resolve(needs, needs.relocations[relocation], this.resolvers[object]);
      this.known[number] = outcome;
    }
    return outcome;
  }

  private resolverFor({ local, object, specs }: ObjectNeeds): Resolver {
    return new Resolver(local!, this.target, object.littleEndian, specs);
  }
}

function resolve(
  needs: ObjectNeeds,
  { relo, function: index, insn }: NeededRelocation,
  resolver: Resolver,
): Outcome {
  const { object, functions } = needs;
  const { program, code } = functions[index];
  const resolution: Resolution = { tried: [] };
  // Not slice(): a Node Buffer's is no copy.
  const bytes = new Uint8Array(code.slice(insn));
  let result: Patched | CoreRefusal;
  try {
    result = new Instructions(bytes, object.littleEndian).patch(0, resolver.resolve(relo, resolution));
  } catch (error) {
    if (!(error instanceof CoreRefusal)) throw error;
    result = error;
  }
  if (!(result instanceof CoreRefusal) && result.field !== null) {
    return { answer: OK, relocated: relocatedBy(relo.kind, result, resolution.decision!.after!.value) };
  }
  const relocation = new Relocation(object, program, relo, resolution, result);
  const verdict = relocation.outcome === 'refused' ? 'refused' : 'poisoned';
  const candidates = relocation.candidates.map(({ btf, spec, mismatch }) => ({
    btf,
    type: spec.replace(/^\[\d+\] /, '').replace(/ @ offset [^)]*/, ''),
    mismatch,
  }));
  const errno = relocation.errnoName === '' ? '' : ` (${relocation.errnoName})`;
  return {
    answer: answer(verdict, withoutIds(relocation.reason) + errno, {
      message: relocation.reason,
      candidates: candidates.filter(
        (one, index) =>
          candidates.findIndex(({ type, mismatch }) => type === one.type && mismatch === one.mismatch) ===
          index,
      ),
    }),
    relocated: verdict === 'poisoned' ? { is: 'poisoned' } : null,
  };
}

/** Offsets of fields are no constants that a program decides by. */
function relocatedBy(kind: number, { field }: Patched, value: bigint): Relocated {
  if (field === 'off') return { is: 'offset', value: Number(value) };
  return { is: 'immediate', value: kind === Relo.FIELD_BYTE_OFFSET ? null : value };
}

function withoutIds(text: string): string {
  return text.replace(/\[\d+\] and \[\d+\]/g, 'candidates').replace(/\[\d+\] /g, '');
}
