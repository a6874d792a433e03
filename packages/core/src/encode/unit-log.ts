import { grown } from './unit-types.js';

/** A UnitLog as it goes from one thread to another. */
export interface UnitLogData {
  /** Each node as the zigzag LEB128 of its difference from the one before; a unit begins with that from 0. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Index of each unit in the file, and where it ends in `bytes`. */
  readonly units: readonly number[];
  readonly ends: readonly number[];
}

/**
 * Which nodes the types of each unit became: the units themselves, deduplicated. Where a name turns out to have
 * several definitions, this tells which units mean which, without reading them again. Units include the same headers
 * in the same order, so most nodes follow the one before and take a byte.
 */
export class UnitLog {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  private used = 0;
  private last = 0;
  private readonly units: number[] = [];
  private readonly ends: number[] = [];
  /** Logs of other threads with the numbers that their nodes have here. Rarely read, so they stay as they come. */
  private readonly later: { readonly log: UnitLogData; readonly nodeOf: Int32Array }[] = [];

  push(node: number): void {
    const difference = node - this.last;
    this.last = node;
    let rest = (difference << 1) ^ (difference >> 31);
    if (this.used + 5 > this.bytes.length) this.bytes = grown(this.bytes, this.bytes.length * 2);
    const { bytes } = this;
    while (rest >>> 0 > 0x7f) {
      bytes[this.used++] = rest | 0x80;
      rest >>>= 7;
    }
    bytes[this.used++] = rest;
  }

  /** Ends unit number `unit`; what was pushed since the last end belongs to it. */
  end(unit: number): void {
    this.units.push(unit);
    this.ends.push(this.used);
    this.last = 0;
  }

  /** Appends the log of another thread, which read later units. Nothing is pushed after that. */
  append(log: UnitLogData, nodeOf: Int32Array): void {
    this.later.push({ log, nodeOf });
  }

  /** Calls back with each unit and its nodes in turn. */
  forEach(unit: (unit: number) => void, node: (node: number) => void): void {
    walk(this.data(), unit, node);
    for (const { log, nodeOf } of this.later) walk(log, unit, other => node(nodeOf[other]!));
  }

  data(): UnitLogData {
    return { bytes: this.bytes, units: this.units, ends: this.ends };
  }
}

function walk(
  { bytes, units, ends }: UnitLogData,
  unit: (unit: number) => void,
  node: (node: number) => void,
): void {
  let at = 0;
  for (let i = 0; i < units.length; i++) {
    unit(units[i]!);
    let last = 0;
    for (const end = ends[i]!; at < end; ) {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      last += (value >>> 1) ^ -(value & 1);
      node(last);
    }
  }
}
