import { Kind } from '../btf/index.js';
import type { Names } from './names.js';
import type { Part } from './part.js';
import type { NamesData, NodesData, PartData } from './part-data.js';
import { copyPayload, hasTypeThird, type PayloadSink } from './records.js';
import { NAMED, type Store } from './store.js';

type Renumber = (number: number) => number;

/**
 * Adds what another thread read of the units that follow. Its nodes are interned in the order in which it found
 * them, so those that are new here get the numbers that they would have if one thread had read all units.
 */
export function absorb(part: Part, data: PartData): void {
  const nameOf = renamer(part.names, data.names);
  const nodeOf = absorbNodes(part.store, data.nodes, nameOf);
  const node = (number: number) => nodeOf[number]!;
  part.functions.absorb(data.functions, node, nameOf);
  part.variables.absorb(data.variables, node, nameOf);
  for (const tag of data.typeTags)
    part.typeTags.push({ ...tag, node: node(tag.node), name: nameOf(tag.name) });
  part.log.append(data.log, nodeOf);
}

/** Names by content, looked up when first asked for. */
function renamer(names: Names, { pool, start, count }: NamesData): Renumber {
  const known = new Int32Array(count).fill(-1);
  return name => {
    if (known[name]! < 0) known[name] = names.intern(pool, start[name]!);
    return known[name]!;
  };
}

/** The number here of each node of `nodes`. Children come first there, so each is known when it is referred to. */
function absorbNodes(store: Store, nodes: NodesData, nameOf: Renumber): Int32Array {
  const { words, at, owner, count } = nodes;
  const nodeOf = new Int32Array(count);
  const sink: PayloadSink = {
    pushName: name => store.push(nameOf(name)),
    pushNode: node => store.push(nodeOf[node]),
    push: word => store.push(word),
  };
  for (let node = 1; node < count; node++) {
    const from = at[node]!;
    const info = words[from + 1]!;
    const third = words[from + 2]!;
    const kind = (info >>> 24) & 0x7f;
    if (kind === Kind.PTR) nodeOf[node] = store.pointer(nodeOf[third]!);
    else if (kind === Kind.CONST) nodeOf[node] = store.constant(nodeOf[third]!);
    else if (kind === NAMED) nodeOf[node] = store.named(info & 0xffffff, nameOf(words[from]!), third);
    else {
      const end = at[node + 1]!;
      store.begin(nameOf(words[from]!), info, hasTypeThird(kind) ? nodeOf[third]! : third, end - from - 3);
      copyPayload(kind, words, from + 3, end, sink);
      nodeOf[node] = owner[node] === 0 ? store.finish() : store.define(nodeOf[owner[node]!]!);
    }
  }
  return nodeOf;
}
