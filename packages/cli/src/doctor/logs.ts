import { closeSync, openSync, readSync } from 'node:fs';
import type { Diagnosis, MessageTable } from '@btfkit/core/doctor';
import { LogReader } from '@btfkit/core/doctor';

const PIECE = 1 << 20;

/** Reads a log from its beginning to its end, `-` from standard input; returns its lines. Throws system errors. */
export function hearLog(path: string, table: MessageTable<string>, diagnosis: Diagnosis): number {
  const name = path === '-' ? 'standard input' : path;
  const reader = new LogReader(table, sighting => diagnosis.hear(name, sighting));
  const fd = path === '-' ? 0 : openSync(path, 'r');
  const piece = new Uint8Array(PIECE);
  try {
    for (;;) {
      const count = readPiece(fd, piece);
      if (count === 0) break;
      reader.feed(piece.subarray(0, count));
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path: name });
    throw error;
  } finally {
    if (fd !== 0) closeSync(fd);
  }
  reader.end();
  diagnosis.endLog();
  return reader.lines;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Standard input can be a terminal or pipe that has nothing yet. */
function readPiece(fd: number, piece: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, piece, 0, piece.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
