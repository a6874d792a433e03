import { Diagnosis, emptyScene, type Finding, LogReader, messageTable } from '@btfkit/core/doctor';

const table = messageTable();

/** What a log says, with nothing else at hand; given in pieces of `piece` bytes. */
export function hear(log: string | Uint8Array, piece = Number.POSITIVE_INFINITY): Finding[] {
  const diagnosis = new Diagnosis();
  const reader = new LogReader(table, sighting => diagnosis.hear('log', sighting));
  const bytes = typeof log === 'string' ? new TextEncoder().encode(log) : log;
  for (let at = 0; at < bytes.length; at += piece) reader.feed(bytes.subarray(at, at + piece));
  reader.end();
  diagnosis.endLog();
  return diagnosis.findings(emptyScene());
}

export const idsIn = (findings: readonly Finding[]) => findings.map(({ id }) => id);
