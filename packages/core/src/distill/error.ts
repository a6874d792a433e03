import { oneLine } from '../bytes/index.js';

const ERRNO = { ENOENT: 2, EINVAL: 22 } as const;

/**
 * Sound BTF that cannot be distilled or relocated, where libbpf returns `-errno`. `problem` is the line that libbpf
 * and the kernel print for it, or one of ours where they say nothing; the message has the file and errno around it.
 */
export class DistillError extends Error {
  override readonly name = 'DistillError';
  readonly problem: string;
  readonly errnoName: keyof typeof ERRNO;
  /** Positive. */
  readonly errno: number;
  /** Where `problem` speaks of one type: its id in the blob or, for a relocation, in the distilled base. */
  readonly typeId: number | undefined;

  constructor(
    file: string | undefined,
    problem: string,
    typeId?: number,
    errnoName: keyof typeof ERRNO = 'EINVAL',
  ) {
    super(oneLine(`${file === undefined ? '' : `${file}: `}${problem} (${errnoName})`));
    this.problem = problem;
    this.errnoName = errnoName;
    this.errno = ERRNO[errnoName];
    this.typeId = typeId;
  }
}
