import {
  assemble,
  type Btf,
  BUILTIN_SHAPES,
  builtinLayout,
  FIRST_OPEN_KIND,
  KINDS,
  type TypeId,
} from '../btf/index.js';
import type { TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';
import type { NameTable } from './names.js';
import { mapNames, mapTypes, recordLength } from './records.js';

/**
 * Writes the canonical types of the own layer in their order, with the strings that they use in order of first
 * use. In the byte order of `like`, and with a layout section if `like` has one.
 */
export function writeCanonical(graph: TypeGraph, names: NameTable, mapping: Mapping, like: Btf): Uint8Array {
  const newIds = new Uint32Array(graph.endId);
  for (let id = 0; id < graph.startId; id++) newIds[id] = id;
  let nextId: TypeId = graph.startId;
  let length = 0;
  let openKinds = false;
  for (let id = graph.startId; id < graph.endId; id++) {
    if (!mapping.isCanonical(id)) continue;
    newIds[id] = nextId++;
    length += recordLength(graph.info(id));
    openKinds ||= graph.kind(id) >= FIRST_OPEN_KIND;
  }

  const words = new Uint32Array(length);
  const strings = new StringOrder(names);
  let at = 0;
  for (let id = graph.startId; id < graph.endId; id++) {
    if (!mapping.isCanonical(id)) continue;
    const from = graph.at[id]!;
    const size = recordLength(graph.info(id));
    words.set(graph.words.subarray(from, from + size), at);
    mapTypes(words, at, BUILTIN_SHAPES, other => newIds[mapping.resolve(other)]!);
    mapNames(words, at, BUILTIN_SHAPES, offset => strings.place(offset));
    at += size;
  }
  const layout = like.layout.length > 0 ? builtinLayout(openKinds ? KINDS.length : FIRST_OPEN_KIND) : [];
  return assemble({ words, strings: strings.take() }, { littleEndian: like.littleEndian, layout });
}

/** Lays the strings of the own layer out anew, in order of first use. */
class StringOrder {
  private readonly names: NameTable;
  private readonly start: number;
  /** New offset + 1 by offset in the layer. */
  private readonly placed: Uint32Array;
  private readonly bytes: Uint8Array;
  private length: number;

  constructor(names: NameTable) {
    this.names = names;
    this.start = names.start;
    this.placed = new Uint32Array(names.end - this.start);
    this.bytes = new Uint8Array(this.placed.length);
    this.length = this.start === 0 ? 1 : 0;
  }

  place(offset: number): number {
    if (offset < this.start || offset === 0) return offset;
    const index = offset - this.start;
    if (this.placed[index] === 0) {
      const text = this.names.at(offset);
      this.bytes.set(text, this.length);
      this.placed[index] = this.start + this.length + 1;
      this.length += text.length;
    }
    return this.placed[index]! - 1;
  }

  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
