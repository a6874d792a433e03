import { assemble, type Btf, CLASSIC_HEADER, checkType, LAYOUT_HEADER, type TypeId } from '../btf/index.js';
import { locate } from '../bytes/index.js';
import { checkKnownKind, checkKnownKinds, findTypes, rename, renumber } from './fields.js';
import { NameMover } from './names.js';

export interface Standalone {
  /** BTF without a base, ids from 1. */
  readonly bytes: Uint8Array;
  /** New id by old id; 0 for types of the base that nothing leads to. */
  readonly ids: Uint32Array;
}

/**
 * Split BTF made self-contained: the types of its bases that it leads to, in the order of their ids, then its own.
 * `btf` is one whose references were checked; what is reached of its bases is checked here. BTF without a base comes out
 * as it is, its strings made anew. Throws FormatError.
 */
export function standalone(btf: Btf): Standalone {
  return locate({ file: btf.name }, () => {
    checkKnownKinds(btf);
    const reached = reachedOfBases(btf);
    const records = reached.map(id => {
      const layer = btf.layer(id);
      const at = btf.at(id);
      return layer.words.subarray(at, at + btf.recordLength(id));
    });
    records.push(btf.words);
    const words = new Uint32Array(records.reduce((sum, record) => sum + record.length, 0));
    const ids = new Uint32Array(btf.endId);
    let at = 0;
    for (const record of records) {
      words.set(record, at);
      at += record.length;
    }
    for (const [index, id] of reached.entries()) ids[id] = index + 1;
    for (let id = btf.startId; id < btf.endId; id++) ids[id] = reached.length + 1 + id - btf.startId;
    const names = new NameMover(btf.strings);
    rename(words, offset => names.move(offset));
    renumber(words, ids);
    const headerLength = btf.header.headerLength > CLASSIC_HEADER ? LAYOUT_HEADER : CLASSIC_HEADER;
    const bytes = assemble(
      { words, strings: names.take() },
      { littleEndian: btf.littleEndian, headerLength },
    );
    return { bytes, ids };
  });
}

function reachedOfBases(btf: Btf): TypeId[] {
  const { startId, offsets, words } = btf;
  const reached = new Uint8Array(startId);
  reached[0] = 1;
  const found: TypeId[] = [];
  for (const at of offsets) findTypes(words, at, reached, found);
  while (found.length > 0) {
    const id = found.pop()!;
    if (reached[id] === 1) continue;
    reached[id] = 1;
    const layer = btf.layer(id);
    locate({ file: layer.name }, () => {
      checkType(layer, id);
      checkKnownKind(layer, id);
    });
    findTypes(layer.words, btf.at(id), reached, found);
  }
  const ids: TypeId[] = [];
  for (let id = 1; id < startId; id++) if (reached[id] === 1) ids.push(id);
  return ids;
}
