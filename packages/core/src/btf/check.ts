import { FormatError } from '../bytes/errors.js';
import type { Btf, TypeId } from './btf.js';
import { KINDS, Kind, kindName, kindOf, Third, vlenOf } from './kinds.js';
import type { Shapes } from './shapes.js';

/**
 * Every type id and string offset of this layer must exist, and a FUNC must be of a FUNC_PROTO: libbpf's
 * btf_sanity_check. Nothing here recurses, so cycles are no matter. Throws FormatError.
 */
export function checkReferences(btf: Btf): void {
  const checker = new Checker(btf);
  for (let own = 0; own < btf.offsets.length; own++) checker.check(own);
}

/** As `checkReferences`, for one type, in whichever layer. */
export function checkType(btf: Btf, id: TypeId): void {
  if (id === 0) return;
  const layer = btf.layer(id);
  new Checker(layer).check(id - layer.startId);
}

/** No word is as big. */
const ANYTHING = 2 ** 32;

/** Small methods, because V8 optimises them sooner than one big loop. */
class Checker {
  private readonly btf: Btf;
  private readonly words: Uint32Array;
  private readonly shapes: Shapes;
  private readonly stringEnd: number;
  private readonly endId: number;

  constructor(btf: Btf) {
    this.btf = btf;
    this.words = btf.words;
    this.shapes = btf.shapes;
    this.stringEnd = btf.strings.end;
    this.endId = btf.endId;
  }

  check(own: number): void {
    const { words, shapes } = this;
    const at = this.btf.offsets[own]!;
    const info = words[at + 1]!;
    const kind = kindOf(info);
    const first = at + 3 + shapes.extra[kind]!;
    const end = first + vlenOf(info) * shapes.element[kind]!;
    const right =
      words[at]! < this.stringEnd &&
      (shapes.third[kind] !== Third.TYPE || words[at + 2]! < this.endId) &&
      // ARRAY is the only kind with ids in its extra words: two of them.
      (shapes.extraTypes[kind] === 0 || (words[at + 3]! < this.endId && words[at + 4]! < this.endId)) &&
      (first === end || this.elements(kind, first, end)) &&
      (kind !== Kind.FUNC || this.isPrototype(words[at + 2]!));
    if (!right) explain(this.btf, own);
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

  private isPrototype(id: TypeId): boolean {
    const { btf } = this;
    if (id < btf.startId) return btf.kind(id) === Kind.FUNC_PROTO;
    return kindOf(this.words[btf.offsets[id - btf.startId]! + 1]!) === Kind.FUNC_PROTO;
  }
}

/** Finds again, slowly, what is wrong with the references of a type. */
function explain(btf: Btf, own: number): never {
  const { words, shapes } = btf;
  const at = btf.offsets[own]!;
  const kind = kindOf(words[at + 1]!);
  const fail = (problem: string, word: number): never => {
    throw new FormatError(`${kindName(kind)}: ${problem}`, {
      section: 'types',
      offset: word * 4,
      typeId: btf.startId + own,
    });
  };
  const below = (what: string, word: number, end: number) => {
    if (words[word]! >= end) fail(`${what} ${words[word]}, expected below ${end}`, word);
  };
  below('name at string offset', at, btf.strings.end);
  // A kind that the table does not know holds no references that we know of: its name is all.
  const shape = KINDS[kind]!;
  if (shape.third === Third.TYPE) below('type id', at + 2, btf.endId);
  for (const word of shape.extraTypes) below('type id', at + 3 + word, btf.endId);
  const first = at + 3 + shapes.extra[kind]!;
  for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
    const element = first + i * shape.element;
    for (const word of shape.elementNames)
      below(`element ${i}: name at string offset`, element + word, btf.strings.end);
    for (const word of shape.elementTypes) below(`element ${i}: type id`, element + word, btf.endId);
  }
  const target = words[at + 2]!;
  return fail(`type [${target}] is a ${kindName(btf.kind(target))}, expected a FUNC_PROTO`, at + 2);
}
