import { FormatError, oneLine } from '@btfkit/core/bytes';
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

/** What went wrong is on standard error already; the process ends with `status`. */
export class Reported extends Error {
  override readonly name = 'Reported';
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** An error as the user is told of it. Plain data: threads hand it on. */
export interface Failure {
  readonly status: number;
  /** One line. */
  readonly message: string;
}

/** Says what went wrong in one line on standard error, and returns the status that goes with it. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? Status.DONE : Status.USAGE;
  if (isBrokenPipe(error)) return Status.DONE;
  if (error instanceof Reported) return error.status;
  return say(failureOf(error));
}

/** Says what went wrong in one line on standard error, and returns the status that goes with it. */
export function say({ message, status }: Failure): number {
  writeError(`btfkit: ${message}\n`);
  return status;
}

export function failureOf(error: unknown): Failure {
  if (process.env.BTFKIT_DEBUG === '1' && error instanceof Error) writeError(`${error.stack}\n`);
  if (error instanceof UsageError) return failure(error.message, Status.USAGE);
  if (error instanceof Refusal) return failure(error.message, Status.NO);
  if (error instanceof FormatError) return failure(error.message, Status.INPUT);
  if (isSystemError(error)) return failure(describeSystemError(error), Status.INPUT);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure(`internal error: ${message} (BTFKIT_DEBUG=1 shows where; please report it)`, Status.FAULT);
}

function failure(message: string, status: number): Failure {
  return { message: oneLine(message.replace(/\s*\n\s*/g, ' ')), status };
}

/** Nobody reads our output any more, as in `btfkit dump … | head`. */
export function isBrokenPipe(error: unknown): boolean {
  return isSystemError(error) && error.code === 'EPIPE';
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** By code, or by code and call, where the system's words would not help. */
const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder, a file is expected',
  'EEXIST mkdir': 'is a file, a folder is expected',
};

/** Node's "ENOENT: no such file or directory, open 'x'" as "x: no such file or directory". */
function describeSystemError(error: NodeJS.ErrnoException): string {
  const reason =
    reasons[`${error.code} ${error.syscall}`] ??
    reasons[error.code ?? ''] ??
    error.message.replace(/^\w+: /, '').replace(/, \w+( '.*')?( -> '.*')?$/s, '');
  return `${error.path === undefined ? error.syscall : error.path || '""'}: ${reason}`;
}
