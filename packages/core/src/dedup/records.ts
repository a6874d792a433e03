import { KINDS, kindOf, type Shapes, Third, vlenOf } from '../btf/index.js';

/** Length in words of a record of a built-in kind whose info word is `info`. */
export function recordLength(info: number): number {
  const shape = KINDS[kindOf(info)]!;
  return 3 + shape.extra + vlenOf(info) * shape.element;
}

/** Replaces every type id in the record at `at`. */
export function mapTypes(words: Uint32Array, at: number, shapes: Shapes, map: (id: number) => number): void {
  const kind = kindOf(words[at + 1]!);
  if (shapes.third[kind] === Third.TYPE) words[at + 2] = map(words[at + 2]!);
  mapMasked(words, at + 3, shapes.extraTypes[kind]!, map);
  mapElements(words, at, shapes, shapes.elementTypes[kind]!, map);
}

/** Replaces every string offset in the record at `at`. */
export function mapNames(
  words: Uint32Array,
  at: number,
  shapes: Shapes,
  map: (offset: number) => number,
): void {
  words[at] = map(words[at]!);
  mapElements(words, at, shapes, shapes.elementNames[kindOf(words[at + 1]!)]!, map);
}

function mapMasked(words: Uint32Array, at: number, mask: number, map: (word: number) => number): void {
  if (mask & 1) words[at] = map(words[at]!);
  if (mask & 2) words[at + 1] = map(words[at + 1]!);
}

function mapElements(
  words: Uint32Array,
  at: number,
  shapes: Shapes,
  mask: number,
  map: (word: number) => number,
): void {
  if (mask === 0) return;
  const info = words[at + 1]!;
  const kind = kindOf(info);
  const width = shapes.element[kind]!;
  const first = at + 3 + shapes.extra[kind]!;
  const end = first + vlenOf(info) * width;
  for (let element = first; element < end; element += width) mapMasked(words, element, mask, map);
}

/** One step of a 32-bit hash over words. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash, 31) + word;
  return Math.imul(h ^ (h >>> 15), 0x9e3779b1);
}
