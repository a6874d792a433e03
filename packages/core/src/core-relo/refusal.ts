import { oneLine } from '../bytes/index.js';

/** What libbpf returns where it refuses a relocation, positive. */
export const ERRNO = { E2BIG: 7, EINVAL: 22, ERANGE: 34, EOPNOTSUPP: 95 } as const;

/** A relocation that libbpf refuses, and the whole object with it. `problem` is one line without program and place. */
export class CoreRefusal extends Error {
  override readonly name = 'CoreRefusal';
  readonly problem: string;
  readonly errnoName: keyof typeof ERRNO;

  constructor(errnoName: keyof typeof ERRNO, problem: string) {
    super(oneLine(`${problem} (${errnoName})`));
    this.problem = oneLine(problem);
    this.errnoName = errnoName;
  }

  get errno(): number {
    return ERRNO[this.errnoName];
  }
}

/** Runs `body`; what it refuses is refused with this errno and this problem before its own. */
export function refuseAs<T>(errnoName: keyof typeof ERRNO, problem: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof CoreRefusal)) throw error;
    throw new CoreRefusal(errnoName, `${problem}: ${error.problem}`);
  }
}
