import { errnoName, type Judgement } from '@btfkit/core/verify';
import type { ReleaseRow } from './rows.js';

/** Puts neighbouring releases together that answer alike, oldest first. */
export function mergeReleases(
  answers: readonly { readonly releases: readonly string[]; readonly judgement: Judgement }[],
): ReleaseRow[] {
  const rows: ReleaseRow[] = [];
  for (const { releases, judgement } of answers) {
    const { accepted, unread, errno, message, typeId, offset, meaning } = judgement;
    const to = releases.at(-1)!;
    const last = rows.at(-1);
    if (last !== undefined && last.errno === errno && last.message === message && last.unread === unread) {
      rows[rows.length - 1] = { ...last, to };
    } else {
      const from = releases[0]!;
      const verdict = { accepted, ...(unread && { unread }), errno, errnoName: errnoName(errno), message };
      rows.push({ from, to, ...verdict, typeId, offset, meaning });
    }
  }
  return rows;
}

/** "5.2 to 5.15", "6.1". */
export function rangeText({ from, to }: { readonly from: string; readonly to: string }): string {
  return from === to ? from : `${from} to ${to}`;
}
