/** What a symbol of `.BTF_ids` names: "func" in `__BTF_ID__func__vfs_truncate__123`. */
export type IdKind = 'func' | 'struct' | 'union' | 'typedef';

/** A word of `.BTF_ids` that a type id belongs into. */
export interface BtfId {
  readonly kind: IdKind;
  readonly name: string;
  /** What makes the symbol unique: a counter and the source line, as BTF_ID() puts them together. */
  readonly number: string;
  /** In bytes from the start of the section. */
  readonly offset: number;
  /**
   * The word as it stands: 0 before ids are resolved, and where no type has the name. Resolving sorts the members of
   * a set, so the word of a member is then not the id of this name.
   */
  readonly id: number;
}

/** BTF_SET_START … BTF_SET_END: a count and the ids, sorted once they are resolved. */
export interface BtfIdSet {
  readonly kind: 'set';
  readonly name: string;
  /** Of the count. The ids follow it. */
  readonly offset: number;
  /** Number of ids, from the symbol's size. */
  readonly length: number;
  /** The count as it stands: 0 before ids are resolved. */
  readonly count: number;
  readonly ids: Uint32Array;
}

/** BTF_SET8_START or BTF_KFUNCS_START … _END: a count, flags, and pairs of an id and its flags. */
export interface BtfIdSet8 {
  readonly kind: 'set8';
  readonly name: string;
  /** Of the count. The set's flags follow it, then the pairs. */
  readonly offset: number;
  /** Number of pairs, from the symbol's size. */
  readonly length: number;
  /** The count as it stands: 0 before ids are resolved. */
  readonly count: number;
  /** BTF_SET8_KFUNCS is 1. */
  readonly flags: number;
  /** By pair. */
  readonly ids: Uint32Array;
  /** By pair: KF_*. */
  readonly pairFlags: Uint32Array;
}

/** A `.BTF_ids` section with the symbols that tell what is in it. */
export interface BtfIds {
  /** Index of the section in its file. */
  readonly section: number;
  readonly littleEndian: boolean;
  /** The section's content; not to be written to. */
  readonly bytes: Uint8Array;
  /** In order of offset; those that are members of a set included. */
  readonly ids: readonly BtfId[];
  /** In order of offset. */
  readonly sets: readonly (BtfIdSet | BtfIdSet8)[];
}

/** Bytes of a member; what a set begins with is as long. */
export function memberSize({ kind }: BtfIdSet | BtfIdSet8): 4 | 8 {
  return kind === 'set' ? 4 : 8;
}
