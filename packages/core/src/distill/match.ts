import { type Btf, Kind, kflagOf, type TypeId } from '../btf/index.js';
import { type Candidate, encodingOf, findCandidates, SIZE_MASK } from './candidates.js';
import { DistillError } from './error.js';

/** In the id map: held by value in the split BTF, and not matched yet. */
export const EMBEDDED = 0xffffffff;

const isComposite = (kind: number) => kind === Kind.STRUCT || kind === Kind.UNION;

/**
 * Finds for each type of the distilled base the one of the target that has its name, is of a kind that fits and,
 * where size counts, of its size: libbpf's btf_relocate_map_distilled_base. Fills both maps: ids by distilled id, and
 * name offsets by distilled name offset. Throws DistillError for a type with no match or with more than one.
 */
export function matchBase(split: Btf, target: Btf, idMap: Uint32Array, nameMap: Map<number, number>): void {
  const distilled = split.base!;
  const candidates = findCandidates(distilled, target);
  // Where a name has several structs, size decides between them.
  const composites = new Map<number, number>();
  for (const { kind, nameOff } of candidates) {
    if (isComposite(kind)) composites.set(nameOff, (composites.get(nameOff) ?? 0) + 1);
  }
  for (const candidate of candidates) {
    const { kind, nameOff } = candidate;
    const sizeCounts = kind !== Kind.FWD && (!isComposite(kind) || composites.get(nameOff)! > 1);
    for (const { id, size } of candidate.wanted) {
      if (sizeCounts && size !== (candidate.size & SIZE_MASK)) continue;
      if (id === 0) throw mapsToVoid(split, candidate.id);
      if (!fits(distilled, id, candidate, idMap[id] === EMBEDDED)) continue;
      if (idMap[id] !== 0 && idMap[id] !== EMBEDDED) throw ambiguous(split, id, candidate, idMap[id]);
      idMap[id] = candidate.id;
      nameMap.set(distilled.nameOff(id), nameOff);
    }
  }
  for (let id = 1; id < distilled.endId; id++) {
    if (idMap[id] === 0 || idMap[id] === EMBEDDED) throw unmapped(split, id);
  }
}

/** Whether a candidate may stand for a distilled type of its name. Names and, where it counts, sizes agree already. */
function fits(distilled: Btf, id: TypeId, candidate: Candidate, embedded: boolean): boolean {
  const { kind } = candidate;
  const wanted = distilled.kind(id);
  switch (wanted) {
    case Kind.FWD:
      // A struct has kflag where it has bitfields, which libbpf takes for the flag of a union declaration.
      if (kind === Kind.FWD) return kflagOf(candidate.info) === distilled.kflag(id);
      return isComposite(kind) && kflagOf(candidate.info) === (kind === Kind.UNION);
    case Kind.INT:
      return kind === wanted && candidate.encoding === intEncoding(distilled, id);
    case Kind.FLOAT:
      return kind === wanted;
    case Kind.ENUM:
      return kind === wanted || kind === Kind.ENUM64;
    default:
      // STRUCT or UNION: the candidate may be of any kind.
      return !embedded || candidate.size === distilled.sizeOrType(id);
  }
}

function intEncoding(btf: Btf, id: TypeId): number {
  return encodingOf(btf.layer(id).words[btf.at(id) + 3]);
}

function mapsToVoid(split: Btf, id: TypeId): DistillError {
  return new DistillError(split.name, `base BTF id [${id}] maps to invalid distilled base BTF id [0]`);
}

function ambiguous(split: Btf, id: TypeId, candidate: Candidate, other: TypeId): DistillError {
  const problem =
    `distilled base BTF type '${split.typeName(id)}' [${id}], size ${candidate.size} has multiple candidates ` +
    `of the same size (ids [${candidate.id}, ${other}]) in base BTF`;
  return new DistillError(split.name, problem, id);
}

function unmapped(split: Btf, id: TypeId): DistillError {
  const problem = `distilled base BTF type '${split.typeName(id)}' [${id}] is not mapped to base BTF id`;
  return new DistillError(split.name, problem, id);
}
