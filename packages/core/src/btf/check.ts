import { FormatError } from '../bytes/errors.js';
import type { Btf } from './btf.js';
import { KINDS, Kind, kindName, kindOf, Third, vlenOf } from './kinds.js';

/**
 * Every type id and string offset of this layer must exist, and a FUNC must be of a FUNC_PROTO: libbpf's
 * btf_sanity_check. Nothing here recurses, so cycles are no matter.
 */
export function checkReferences(btf: Btf): void {
  const { words, offsets, shapes, endId, startId } = btf;
  const stringEnd = btf.strings.end;
  for (let own = 0; own < offsets.length; own++) {
    const at = offsets[own]!;
    const info = words[at + 1]!;
    const kind = kindOf(info);
    const ofType = shapes.third[kind] === Third.TYPE;
    if (words[at]! >= stringEnd || (ofType && words[at + 2]! >= endId)) explain(btf, own);
    const extraTypes = shapes.extraTypes[kind]!;
    let cursor = at + 3;
    if (extraTypes !== 0) {
      // ARRAY is the only kind with ids in its extra words: two of them.
      if (words[cursor]! >= endId || words[cursor + 1]! >= endId) explain(btf, own);
    }
    cursor += shapes.extra[kind]!;
    const width = shapes.element[kind]!;
    if (width !== 0) {
      const end = cursor + vlenOf(info) * width;
      const names = shapes.elementNames[kind]! & 1;
      const types = shapes.elementTypes[kind]!;
      for (; cursor < end; cursor += width) {
        if (names === 1 && words[cursor]! >= stringEnd) explain(btf, own);
        if ((types & 1) !== 0 && words[cursor]! >= endId) explain(btf, own);
        if ((types & 2) !== 0 && words[cursor + 1]! >= endId) explain(btf, own);
      }
    } else if (kind === Kind.FUNC && btf.kind(words[at + 2]!) !== Kind.FUNC_PROTO) {
      const target = words[at + 2]!;
      throw new FormatError(`FUNC of type [${target}], a ${kindName(btf.kind(target))} and no FUNC_PROTO`, {
        section: 'types',
        offset: at * 4,
        typeId: startId + own,
      });
    }
  }
}

/** Finds again, slowly, what is wrong with the references of a type. */
function explain(btf: Btf, own: number): never {
  const { words, shapes } = btf;
  const at = btf.offsets[own]!;
  const kind = kindOf(words[at + 1]!);
  const shape = KINDS[kind]!;
  const fail = (what: string, word: number, end: number) => {
    const value = words[word]!;
    if (value < end) return;
    throw new FormatError(`${kindName(kind)}: ${what} ${value}, expected below ${end}`, {
      section: 'types',
      offset: word * 4,
      typeId: btf.startId + own,
    });
  };
  fail('name at string offset', at, btf.strings.end);
  if (shape.third === Third.TYPE) fail('type id', at + 2, btf.endId);
  for (const word of shape.extraTypes) fail('type id', at + 3 + word, btf.endId);
  const first = at + 3 + shapes.extra[kind]!;
  for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
    const element = first + i * shape.element;
    for (const word of shape.elementNames)
      fail(`element ${i}: name at string offset`, element + word, btf.strings.end);
    for (const word of shape.elementTypes) fail(`element ${i}: type id`, element + word, btf.endId);
  }
  throw new Error('a reference was refused that is right');
}
