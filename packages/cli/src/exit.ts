import { FormatError } from '@btfkit/core/bytes';
import { CommanderError } from 'commander';
import { writeError } from './output.js';

/** What the process ends with; the meanings are a contract with scripts. */
export const Status = { DONE: 0, NO: 1, USAGE: 2, INPUT: 3, FAULT: 4 } as const;

/** The command line asks for something that makes no sense: status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The input is sound, and the answer is no: status 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Says what went wrong in one line on standard error, and returns the status that goes with it. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? Status.DONE : Status.USAGE;
  // Nobody reads our output any more, as in `btfkit dump … | head`.
  if (isSystemError(error) && error.code === 'EPIPE') return Status.DONE;
  if (process.env.BTFKIT_DEBUG === '1' && error instanceof Error) writeError(`${error.stack}\n`);
  if (error instanceof UsageError) return say(error.message, Status.USAGE);
  if (error instanceof Refusal) return say(error.message, Status.NO);
  if (error instanceof FormatError) return say(error.message, Status.INPUT);
  if (isSystemError(error)) return say(describeSystemError(error), Status.INPUT);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return say(`internal error: ${message} (BTFKIT_DEBUG=1 shows where; please report it)`, Status.FAULT);
}

function say(message: string, status: number): number {
  writeError(`btfkit: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  return status;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Node's "ENOENT: no such file or directory, open 'x'" as "x: no such file or directory". */
function describeSystemError(error: NodeJS.ErrnoException): string {
  const reason = error.message.replace(/^\w+: /, '').replace(/, \w+( '.*')?( -> '.*')?$/s, '');
  return error.path === undefined ? `${error.syscall}: ${reason}` : `${error.path}: ${reason}`;
}
