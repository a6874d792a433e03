/** What a kernel finds in the header of a blob, struct btf_header, in its own byte order. */
export interface KernelHeader {
  readonly magic: number;
  readonly version: number;
  readonly flags: number;
  readonly headerLength: number;
  readonly typeOffset: number;
  readonly typeLength: number;
  readonly stringOffset: number;
  readonly stringLength: number;
  readonly layoutOffset: number;
  readonly layoutLength: number;
}

/** Longer strings are cut: more than a print of the log or any name can hold. */
const LONGEST_STRING = 4096;

/**
 * A blob as far as a kernel has come with it: struct btf. Types are added one by one as their records pass; a type is
 * the index of its record in `words`.
 */
export class KernelBtf {
  readonly header: KernelHeader;
  readonly base: KernelBtf | null;
  /** The type section in host order; what is left over past whole words is not in it. */
  readonly words: Uint32Array;
  /** Where `words[0]` stands in the blob. */
  readonly wordsAt: number;
  readonly strings: Uint8Array;
  /** Offset of `strings[0]` as names count. */
  readonly firstString: number;
  /** First own id: 1, or the number after the base's last. */
  readonly startId: number;
  private records: Uint32Array;
  private count = 0;

  constructor(
    header: KernelHeader,
    words: Uint32Array,
    wordsAt: number,
    strings: Uint8Array,
    base: KernelBtf | null,
  ) {
    this.header = header;
    this.base = base;
    this.words = words;
    this.wordsAt = wordsAt;
    this.strings = strings;
    this.firstString = base === null ? 0 : base.header.stringLength;
    this.startId = base === null ? 1 : base.endId;
    this.records = new Uint32Array(Math.ceil(words.length / 3));
  }

  add(at: number): void {
    this.records[this.count++] = at;
  }

  /** One past the last id (btf_nr_types). */
  get endId(): number {
    return this.startId + this.count;
  }

  /** Number of own types. */
  get own(): number {
    return this.count;
  }

  /** The layer that type `id` is of; null for void and for ids that do not exist. */
  layerOf(id: number): KernelBtf | null {
    if (id === 0 || id >= this.endId) return null;
    let layer: KernelBtf = this;
    while (id < layer.startId) layer = layer.base!;
    return layer;
  }

  /** Where an own type's record is. */
  recordOf(id: number): number {
    return this.records[id - this.startId]!;
  }

  /** btf_name_offset_valid, but for the highest offset that there can be. */
  hasString(offset: number): boolean {
    return offset < this.firstString + this.strings.length;
  }

  /** The strings that `offset`, which must be valid, points into, and where. */
  stringsAt(offset: number): { readonly strings: Uint8Array; readonly at: number } {
    let layer: KernelBtf = this;
    while (offset < layer.firstString) layer = layer.base!;
    return { strings: layer.strings, at: offset - layer.firstString };
  }

  /** A string as bytes, a character each; null where there is none. */
  stringBytes(offset: number): string | null {
    if (!this.hasString(offset)) return null;
    const { strings, at } = this.stringsAt(offset);
    const end = strings.indexOf(0, at);
    return String.fromCharCode(...strings.subarray(at, Math.min(end, at + LONGEST_STRING)));
  }
}
