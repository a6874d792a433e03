import { writeSync } from 'node:fs';
import { FormatError, oneLine } from '@btfkit/core/bytes';

const encoder = new TextEncoder();
const nobodyWrites = new Int32Array(new SharedArrayBuffer(4));

/** A millisecond, for what a pipe does not take or give yet. */
export function pause(): void {
  Atomics.wait(nobodyWrites, 0, 0, 1);
}

/**
 * Writes all of it to a file descriptor, behind what was written or at `offset`, waiting where a non-blocking pipe is
 * full.
 */
export function writeAll(fd: number, bytes: Uint8Array, offset?: number): void {
  let done = 0;
  while (done < bytes.length) {
    try {
      const place = offset === undefined ? null : offset + done;
      done += writeSync(fd, bytes, done, bytes.length - done, place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

/** As messages name it. */
export const STANDARD_OUTPUT = 'standard output';

export function writeOut(text: string | Uint8Array): void {
  try {
    writeAll(1, typeof text === 'string' ? encoder.encode(text) : text);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path: STANDARD_OUTPUT });
    throw error;
  }
}

/** Lines for people. Names in them are whatever bytes a file has: none reaches the terminal as a command. */
export function asText(lines: readonly string[]): string {
  return lines.map(line => `${oneLine(line)}\n`).join('');
}

export function writeError(text: string): void {
  try {
    writeAll(2, encoder.encode(text));
  } catch {
    // Nowhere is left to complain.
  }
}

/** FormatError where it is longer than a string can be: only names can make it so. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2);
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('too much for a JSON document, more than 512 MiB');
    throw error;
  }
}

/** One JSON document on standard output. */
export function writeJson(value: unknown): void {
  writeOut(`${jsonOf(value)}\n`);
}
