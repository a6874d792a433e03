import { Kind } from '../../btf/kinds.js';

/** Since when libbpf has something. */
export interface LibbpfRelease {
  /** The first release, of https://github.com/libbpf/libbpf, with it. */
  readonly since: string;
  /** The commit there that brought it, found by its change of src/btf.c (or the file that is named). */
  readonly commit: string;
}

/**
 * Since when libbpf reads a kind. Those of 0.0.3 may be older: it is the first release that has a tag. LOC kinds are
 * unknown to 1.8, which steps over them by a layout section.
 */
export const LIBBPF_KINDS: Readonly<Record<number, LibbpfRelease>> = {
  ...Object.fromEntries(
    Array.from({ length: Kind.RESTRICT }, (_, i) => [i + 1, { since: '0.0.3', commit: '66684189' }]),
  ),
  [Kind.FUNC]: { since: '0.0.3', commit: '556e0a0d' },
  [Kind.FUNC_PROTO]: { since: '0.0.3', commit: '556e0a0d' },
  [Kind.VAR]: { since: '0.0.3', commit: '0c4ac0d5' },
  [Kind.DATASEC]: { since: '0.0.3', commit: '0c4ac0d5' },
  [Kind.FLOAT]: { since: '0.4.0', commit: '471e7c24' },
  // As BTF_KIND_TAG; renamed before the release.
  [Kind.DECL_TAG]: { since: '0.6.0', commit: '7e7f59d6' },
  [Kind.TYPE_TAG]: { since: '0.6.0', commit: '98181e05' },
  [Kind.ENUM64]: { since: '1.0.0', commit: 'c3f8eecb' },
};

/** Since when libbpf reads blobs in a way that changed what it takes. */
export const LIBBPF_RULES = {
  /** Blobs of the other byte order. */
  otherByteOrder: { since: '0.2', commit: '488110df' },
  splitBtf: { since: '0.3', commit: '2811d54f' },
  /** No types at all, and no strings in split BTF. */
  emptyBtf: { since: '0.4.0', commit: 'f037b924' },
  /** Type ids, string offsets and FUNC to FUNC_PROTO are checked when a blob is opened. */
  references: { since: '1.3.0', commit: '2dbdd3b5' },
  /** A layout section, and unknown kinds stepped over by it. */
  layout: { since: '1.8.0', commit: '815411ad' },
  /** 7 bits of kind and 24 of vlen, where there were 5 and 16 (include/uapi/linux/btf.h). */
  wideInfo: { since: '1.8.0', commit: '9801e029' },
} as const satisfies Readonly<Record<string, LibbpfRelease>>;
