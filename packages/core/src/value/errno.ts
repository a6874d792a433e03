/** The errors of btf_dump__dump_type_data, as it returns them. */
export const Errno = {
  /** The data ends before the value does. */
  E2BIG: -7,
  /** A size that nothing of this kind has, or none at all. */
  EINVAL: -22,
  /** Not an error: the value is zero and not to be shown. */
  ENODATA: -61,
  /** Types of this kind have no values. */
  ENOTSUP: -95,
} as const;

export type Errno = (typeof Errno)[keyof typeof Errno];
