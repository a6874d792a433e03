import { closeSync, openSync } from 'node:fs';
import type { Diagnosis, MessageTable } from '@btfkit/core/doctor';
import { LogReader } from '@btfkit/core/doctor';
import { named, readSome } from '../files.js';

const PIECE = 1 << 20;

/** Reads a log from its beginning to its end, `-` from standard input; returns its lines. Throws system errors. */
export function hearLog(path: string, table: MessageTable<string>, diagnosis: Diagnosis): number {
  const name = path === '-' ? 'standard input' : path;
  const reader = new LogReader(table, sighting => diagnosis.hear(name, sighting));
  const fd = path === '-' ? 0 : openSync(path, 'r');
  const piece = new Uint8Array(PIECE);
  try {
    for (;;) {
      const count = readSome(fd, piece);
      if (count === 0) break;
      reader.feed(piece.subarray(0, count));
    }
  } catch (error) {
    throw named(error, name);
  } finally {
    if (fd !== 0) closeSync(fd);
  }
  reader.end();
  diagnosis.endLog();
  return reader.lines;
}
