import type { Btf } from '../btf/index.js';
import { placeText, typeText } from './places.js';
import type { Subject } from './subject.js';

/**
 * What of the BTF of two builds of a file differs, in one line with the first type that does; undefined where they are
 * the same bytes.
 */
export function compareBtf(
  a: Subject,
  b: Subject,
  bases: { readonly own: Subject | undefined; readonly other: Subject | undefined },
): string | undefined {
  const [one, other] = [a.btf, b.btf];
  if (one === undefined && other === undefined) return undefined;
  if (one === undefined || other === undefined) return `only ${one === undefined ? b.path : a.path} has BTF`;
  if (one.length === other.length && one.every((byte, i) => byte === other[i])) return undefined;
  const [types, others] = [a.types(bases.own), b.types(bases.other)];
  if (types === undefined || others === undefined) return 'the bytes differ';
  return firstDifference(types, others);
}

function firstDifference(a: Btf, b: Btf): string {
  const counts = `${a.endId - a.startId} and ${b.endId - b.startId} types`;
  if (a.startId !== b.startId) return `${counts}, on bases of ${a.startId - 1} and ${b.startId - 1} types`;
  const end = Math.min(a.endId, b.endId);
  for (let id = a.startId; id < end; id++) {
    if (sameRecord(a, b, id)) continue;
    const order = sortedNames(a).join() === sortedNames(b).join() ? ', the same names in another order' : '';
    return `${counts}${order}; the first that differs: ${placeText(a, id)} ${there(a, b, id)}`;
  }
  if (a.endId !== b.endId) return `${counts}, the same up to id ${end - 1}`;
  return `${counts}, the same but for the strings or the header`;
}

function there(a: Btf, b: Btf, id: number): string {
  const [own, other] = [typeText(a, id), typeText(b, id)];
  return own === other ? 'has other contents there' : `is ${other} there`;
}

function sameRecord(a: Btf, b: Btf, id: number): boolean {
  const length = a.recordLength(id);
  if (length !== b.recordLength(id) || a.typeName(id) !== b.typeName(id)) return false;
  const [from, other] = [a.at(id), b.at(id)];
  // The words of elements hold offsets of names too: where only the strings moved, this says so at the first struct.
  for (let i = 1; i < length; i++) {
    if (a.words[from + i] !== b.words[other + i]) return false;
  }
  return true;
}

function sortedNames(btf: Btf): string[] {
  const names: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) names.push(`${btf.kind(id)} ${btf.typeName(id)}`);
  return names.sort();
}
