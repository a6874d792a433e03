import { FormatError } from '../bytes/index.js';

/** Far more than types of C programs need for a byte, where unions show it several times. */
const STEPS_PER_BYTE = 1000;
const LEAST_STEPS = 1 << 20;
/** The kernel takes types that nest 32 deep. */
const DEEPEST_VALUE = 256;

/**
 * What ends a value that does not end by itself: types that hold themselves, that double with each level, or arrays of
 * a length that nothing is there for.
 */
export class Budget {
  private readonly id: number;
  private steps: number;
  private depth = 0;

  /** `id`: the type that errors speak of. `size`: bytes of data. */
  constructor(id: number, size: number) {
    this.id = id;
    this.steps = LEAST_STEPS + STEPS_PER_BYTE * size;
  }

  /** Throws FormatError when more is to be done than the data can be worth. */
  spend(steps: number): void {
    this.steps -= steps;
    if (this.steps < 0) throw this.error('a value of it has far more parts than the data has bytes');
  }

  /** Runs `body` one level deeper. */
  nested<T>(body: () => T): T {
    if (++this.depth > DEEPEST_VALUE) throw this.error('holds itself, or too many types in each other');
    const result = body();
    this.depth--;
    return result;
  }

  private error(problem: string): FormatError {
    return new FormatError(problem, { section: 'types', typeId: this.id });
  }
}
