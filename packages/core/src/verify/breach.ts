/** The first rule that a blob breaks; the log has what the kernel says to it. Caught by the judge. */
export class Breach extends Error {
  override readonly name = 'Breach';
  /** Positive. */
  readonly errno: number;
  /** Null where it is no type's fault. */
  readonly typeId: number | null;
  /** In bytes from the start of the blob; null where no one place is to blame. */
  readonly offset: number | null;
  /** What the kernel says is wrong, without what it says of the type; where it says nothing, our own words. */
  readonly problem: string;
  /** Kind of the type at fault; 0 where it is none's. */
  readonly kind: number;

  constructor(
    errno: number,
    problem: string,
    typeId: number | null = null,
    offset: number | null = null,
    kind = 0,
  ) {
    super(problem);
    this.errno = errno;
    this.typeId = typeId;
    this.offset = offset;
    this.problem = problem;
    this.kind = kind;
  }
}

/** The errors that the BTF verifier gives, as positive numbers. */
export const Errno = {
  ENOENT: 2,
  E2BIG: 7,
  EFAULT: 14,
  EEXIST: 17,
  EINVAL: 22,
  ELOOP: 40,
  ENOTSUPP: 524,
} as const;
