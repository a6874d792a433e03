const SHIFT = 16;
const CHUNK = 1 << SHIFT;

/**
 * Which nodes the types of each unit became: the units themselves, deduplicated. Where a name turns out to have
 * several definitions, this tells which units mean which, without reading them again.
 */
export class UnitLog {
  private readonly chunks: Int32Array[] = [];
  private used = 0;
  /** Index of the unit in the file, and where its nodes end, by position in this log. */
  private readonly units: number[] = [];
  private readonly ends: number[] = [];

  get length(): number {
    return this.used;
  }

  push(node: number): void {
    const at = this.used & (CHUNK - 1);
    if (at === 0 && this.used >> SHIFT === this.chunks.length) this.chunks.push(new Int32Array(CHUNK));
    this.chunks[this.used >> SHIFT]![at] = node;
    this.used++;
  }

  /** Ends unit number `unit`; what was pushed since the last end belongs to it. */
  end(unit: number): void {
    this.units.push(unit);
    this.ends.push(this.used);
  }

  get(position: number): number {
    return this.chunks[position >> SHIFT]![position & (CHUNK - 1)]!;
  }

  /** Calls back with each unit and its nodes in turn. */
  forEach(unit: (unit: number) => void, node: (node: number) => void): void {
    let at = 0;
    for (let i = 0; i < this.units.length; i++) {
      unit(this.units[i]!);
      for (const end = this.ends[i]!; at < end; at++) node(this.get(at));
    }
  }

  /** Appends the units of a log of another thread, its nodes renumbered. */
  append(other: UnitLogData, nodeOf: Int32Array): void {
    let at = 0;
    for (let i = 0; i < other.units.length; i++) {
      for (const end = other.ends[i]!; at < end; at++) this.push(nodeOf[other.nodes[at]!]!);
      this.end(other.units[i]!);
    }
  }

  data(): UnitLogData {
    const nodes = new Int32Array(this.used);
    this.chunks.forEach((chunk, i) => {
      nodes.set(chunk.subarray(0, Math.min(CHUNK, this.used - i * CHUNK)), i * CHUNK);
    });
    return { nodes, units: this.units, ends: this.ends };
  }
}

/** A UnitLog as it goes from one thread to another. */
export interface UnitLogData {
  readonly nodes: Int32Array;
  readonly units: readonly number[];
  readonly ends: readonly number[];
}
