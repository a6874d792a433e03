import type { Btf } from '../btf/index.js';
import { wordBytes } from '../btf/words.js';
import { locate } from '../bytes/index.js';
import { checkKnownKinds, renumber } from './fields.js';

export interface Sorted {
  /** As the input but for the order of its types, and the ids in them. */
  readonly bytes: Uint8Array;
  /** New id by old id, those of the base included, which stay. */
  readonly ids: Uint32Array;
}

/**
 * The own types of a BTF in the byte order of their names, types without one first, others of one name as they stood:
 * what resolve_btfids does for kernels from 7.0 (tools/bpf/resolve_btfids/main.c, sort_btf_by_name), whose lookup is by
 * halves then. Header, strings and layout stay. `btf` is one whose references were checked. Throws FormatError for a
 * kind that only a layout section describes, whose references are unknown.
 */
export function sortByName(btf: Btf): Sorted {
  return locate({ file: btf.name }, () => {
    checkKnownKinds(btf);
    const { startId, endId, offsets, words, strings } = btf;
    const order = Array.from(offsets.keys()).sort(
      (a, b) => strings.compare(words[offsets[a]!]!, words[offsets[b]!]!) || a - b,
    );
    const ids = new Uint32Array(endId);
    for (let id = 0; id < startId; id++) ids[id] = id;
    const sorted = new Uint32Array(words.length);
    let at = 0;
    for (const [place, own] of order.entries()) {
      ids[startId + own] = startId + place;
      const record = words.subarray(offsets[own]!, offsets[own + 1] ?? words.length);
      sorted.set(record, at);
      at += record.length;
    }
    renumber(sorted, ids);
    const bytes = btf.bytes.slice();
    bytes.set(wordBytes(sorted, btf.littleEndian), btf.header.headerLength + btf.header.typeOffset);
    return { bytes, ids };
  });
}
