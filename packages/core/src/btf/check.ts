import { FormatError } from '../bytes/errors.js';
import type { Btf, TypeId } from './btf.js';
import { KINDS, Kind, kindName, kindOf, Third, vlenOf } from './kinds.js';
import type { Shapes } from './shapes.js';
import type { Strings } from './strings.js';

/** What is looked at to check references: a `Btf`, or one in the making. */
export type Layer = Pick<Btf, 'words' | 'offsets' | 'shapes' | 'startId' | 'endId' | 'base'> & {
  readonly strings: Pick<Strings, 'end'>;
  readonly name?: string | undefined;
};

/** The first reference of a type that leads nowhere. */
export interface ReferenceBreach {
  readonly typeId: TypeId;
  readonly kind: number;
  /** A name past the strings, an id past the types, or a FUNC that is of no FUNC_PROTO. */
  readonly what: 'name' | 'type' | 'prototype';
  /** Index of the word at fault in the layer's words. */
  readonly word: number;
  /** Which element it is in; null where it is in none. */
  readonly element: number | null;
}

/**
 * Every type id and string offset of this layer must exist, and a FUNC must be of a FUNC_PROTO: libbpf's
 * btf_sanity_check, and what a FUNC_PROTO returns, which libbpf leaves unseen. Nothing here recurses, so cycles are no
 * matter. Throws FormatError.
 */
export function checkReferences(btf: Btf): void {
  const breach = findBreach(btf);
  if (breach !== null) fail(btf, breach);
}

/** As `checkReferences`, for one type, in whichever layer. */
export function checkType(btf: Btf, id: TypeId): void {
  if (id === 0) return;
  const layer = btf.layer(id);
  const own = id - layer.startId;
  if (!new Checker(layer).isRight(own)) fail(layer, breachOf(layer, own));
}

/** The first breach in the order of types and of their words; null where there is none. */
export function findBreach(layer: Layer): ReferenceBreach | null {
  const checker = new Checker(layer);
  for (let own = 0; own < layer.offsets.length; own++) {
    if (!checker.isRight(own)) return breachOf(layer, own);
  }
  return null;
}

/** No word is as big. */
const ANYTHING = 2 ** 32;

/** Small methods, because V8 optimises them sooner than one big loop. */
class Checker {
  private readonly layer: Layer;
  private readonly words: Uint32Array;
  private readonly offsets: Uint32Array;
  private readonly shapes: Shapes;
  private readonly stringEnd: number;
  private readonly endId: number;

  constructor(layer: Layer) {
    this.layer = layer;
    this.words = layer.words;
    this.offsets = layer.offsets;
    this.shapes = layer.shapes;
    this.stringEnd = layer.strings.end;
    this.endId = layer.endId;
  }

  isRight(own: number): boolean {
    const { words, shapes } = this;
    const at = this.offsets[own]!;
    const info = words[at + 1]!;
    const kind = kindOf(info);
    const first = at + 3 + shapes.extra[kind]!;
    const end = first + vlenOf(info) * shapes.element[kind]!;
    return (
      words[at]! < this.stringEnd &&
      (shapes.third[kind] !== Third.TYPE || words[at + 2]! < this.endId) &&
      // ARRAY is the only kind with ids in its extra words: two of them.
      (shapes.extraTypes[kind] === 0 || (words[at + 3]! < this.endId && words[at + 4]! < this.endId)) &&
      (first === end || this.elements(kind, first, end)) &&
      (kind !== Kind.FUNC || kindIn(this.layer, words[at + 2]!) === Kind.FUNC_PROTO)
    );
  }

  /** The first word of an element is a name or an id, the second one may be an id. */
  private elements(kind: number, from: number, end: number): boolean {
    const { words, shapes } = this;
    const step = shapes.element[kind]!;
    const types = shapes.elementTypes[kind]!;
    const first =
      shapes.elementNames[kind] !== 0 ? this.stringEnd : (types & 1) !== 0 ? this.endId : ANYTHING;
    const second = (types & 2) !== 0 ? this.endId : ANYTHING;
    for (let at = from; at < end; at += step) {
      if (words[at]! >= first || (second !== ANYTHING && words[at + 1]! >= second)) return false;
    }
    return true;
  }
}

/** The kind of a type of a layer or of its bases; 0 for void. */
function kindIn(layer: Layer, id: TypeId): number {
  if (id < layer.startId) return layer.base === null ? 0 : layer.base.kind(id);
  return kindOf(layer.words[layer.offsets[id - layer.startId]! + 1]!);
}

/** Finds again, slowly, what is wrong with the references of a type. */
function breachOf(layer: Layer, own: number): ReferenceBreach {
  const { words, shapes, endId } = layer;
  const at = layer.offsets[own]!;
  const kind = kindOf(words[at + 1]!);
  const breach = (what: ReferenceBreach['what'], word: number, element: number | null = null) => ({
    typeId: layer.startId + own,
    kind,
    what,
    word,
    element,
  });
  const isName = (word: number) => words[word]! < layer.strings.end;
  const isType = (word: number) => words[word]! < endId;

  if (!isName(at)) return breach('name', at);
  if (shapes.third[kind] === Third.TYPE && !isType(at + 2)) return breach('type', at + 2);
  // A kind that the shapes do not know holds no references that we know of: its name is all.
  const shape = KINDS[kind]!;
  for (const word of shape.extraTypes) if (!isType(at + 3 + word)) return breach('type', at + 3 + word);
  const first = at + 3 + shapes.extra[kind]!;
  for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
    const element = first + i * shape.element;
    for (const word of shape.elementNames)
      if (!isName(element + word)) return breach('name', element + word, i);
    for (const word of shape.elementTypes)
      if (!isType(element + word)) return breach('type', element + word, i);
  }
  return breach('prototype', at + 2);
}

function fail(layer: Layer, { typeId, kind, what, word, element }: ReferenceBreach): never {
  const value = layer.words[word]!;
  const where = element === null ? '' : `element ${element}: `;
  const problems = {
    name: () => `${where}name at string offset ${value}, expected below ${layer.strings.end}`,
    type: () => `${where}type id ${value}, expected below ${layer.endId}`,
    prototype: () => `type [${value}] is a ${kindName(kindIn(layer, value))}, expected a FUNC_PROTO`,
  };
  throw new FormatError(`${kindName(kind)}: ${problems[what]()}`, {
    file: layer.name,
    section: 'types',
    offset: word * 4,
    typeId,
  });
}
