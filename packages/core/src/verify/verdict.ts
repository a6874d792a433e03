/** What a judge answers to a blob. */
export interface Verdict {
  readonly accepted: boolean;
  /** Positive, as in the kernel's sources; 0 when accepted. 524 is the kernel's own ENOTSUPP. */
  readonly errno: number;
  /** The last line that the judge would log, without its newline; '' when accepted. */
  readonly message: string;
  /** The type that was being looked at; counts the base's types. Null where it is no type's fault. */
  readonly typeId: number | null;
  /** Where in the blob, in bytes from its start; null where no one place is to blame. */
  readonly offset: number | null;
}

export const ACCEPTED: Verdict = { accepted: true, errno: 0, message: '', typeId: null, offset: null };

const NAMES: Readonly<Record<number, string>> = {
  0: 'OK',
  1: 'EPERM',
  2: 'ENOENT',
  7: 'E2BIG',
  12: 'ENOMEM',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  22: 'EINVAL',
  28: 'ENOSPC',
  38: 'ENOSYS',
  40: 'ELOOP',
  61: 'ENODATA',
  75: 'EOVERFLOW',
  95: 'EOPNOTSUPP',
  524: 'ENOTSUPP',
};

/** "EINVAL" for 22. */
export function errnoName(errno: number): string {
  return NAMES[errno] ?? `errno ${errno}`;
}
