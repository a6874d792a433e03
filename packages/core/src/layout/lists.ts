import { Kind, type TypeId } from '../btf/index.js';
import type { Model } from './model.js';
import { type Proposal, reorganize } from './reorganize.js';
import type { Composite } from './types.js';

/**
 * The structs and unions of the whole input that have a name and a body, in order of id. Those of the same name, size
 * and members (by name and place) are given once (pahole pahole.c, structures__add).
 */
export function* namedStructs(model: Model): Generator<Composite> {
  const seen = new Map<string, Composite[]>();
  const { types } = model;
  const { btf } = types;
  for (let id = 1; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if ((kind !== Kind.STRUCT && kind !== Kind.UNION) || btf.nameOff(id) === 0) continue;
    const type = types.get(id) as Composite;
    model.place(type);
    // Many of one name differ in this already.
    const key = `${type.name} ${type.size} ${type.members.map(({ bitOffset }) => bitOffset).join()}`;
    const others = seen.get(key);
    if (others?.some(other => isSame(other, type))) continue;
    if (others === undefined) seen.set(key, [type]);
    else others.push(type);
    yield type;
  }
}

function isSame(a: Composite, b: Composite): boolean {
  return (
    a.size === b.size &&
    a.members.length === b.members.length &&
    a.members.every((member, i) => {
      const { name, bitOffset, bitfieldSize } = b.members[i]!;
      const sameName = member.name === null || name === null || member.name === name;
      return sameName && member.bitOffset === bitOffset && member.bitfieldSize === bitfieldSize;
    })
  );
}

/** The structs that become smaller when they are reorganized, and how. */
export function* packable(model: Model): Generator<{ type: Composite; proposal: Proposal }> {
  for (const type of namedStructs(model)) {
    if (type.kind !== Kind.STRUCT) continue;
    const { count, bitCount } = model.holes(type);
    if (count === 0 && bitCount === 0) continue;
    const proposal = reorganize(type, model);
    if (type.size > proposal.type.size) yield { type, proposal };
  }
}

/** The structs and unions that have a member of exactly this type. */
export function* containersOf(id: TypeId, model: Model): Generator<Composite> {
  for (const type of namedStructs(model)) {
    if (type.members.some(member => member.type === id)) yield type;
  }
}
