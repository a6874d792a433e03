import type { UnitSection } from './debug-info.js';

const WINDOW = 256 * 1024;

/** Looks at a section piece by piece, mostly from its beginning to its end. */
export class SectionWindow {
  bytes = new Uint8Array(0);
  private readonly section: UnitSection;
  private from = 0;
  private to = 0;

  constructor(section: UnitSection) {
    this.section = section;
  }

  get size(): number {
    return this.section.size;
  }

  /** Index into `bytes` of the byte at `offset`, `length` of them there; -1 where the section ends before that. */
  at(offset: number, length: number): number {
    if (offset >= this.from && offset + length <= this.to) return offset - this.from;
    const { section } = this;
    if (!(offset >= 0 && offset + length <= section.size)) return -1;
    const wanted = Math.min(Math.max(length, WINDOW), section.size - offset);
    if (this.bytes.length < wanted) this.bytes = new Uint8Array(wanted);
    section.readInto(offset, this.bytes.subarray(0, wanted));
    this.from = offset;
    this.to = offset + wanted;
    return 0;
  }
}
