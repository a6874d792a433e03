import { DistillError } from '@btfkit/core/distill';
import { Refusal } from './exit.js';

/** What libbpf says of a distillation or relocation, as --json tells it; errno 0 is yes. */
export interface Verdict {
  readonly errno: number;
  readonly errnoName: string;
  readonly message: string;
  readonly typeId: number | null;
}

export const ACCEPTED: Verdict = { errno: 0, errnoName: '', message: '', typeId: null };

/** What libbpf refuses is a no and not a broken input. `tell` gets the verdict before it is thrown. */
export async function orRefusal<T>(
  work: () => T | Promise<T>,
  tell?: (verdict: Verdict) => void,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DistillError)) throw error;
    const { errno, errnoName, problem, typeId } = error;
    tell?.({ errno, errnoName, message: problem, typeId: typeId ?? null });
    throw new Refusal(error.message);
  }
}
