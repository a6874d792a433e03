import { oneLine } from '@btfkit/core/bytes';
import type { JudgeName, VerifyOptions } from './options.js';
import { rangeText } from './releases.js';
import type { ReleaseRow, Row } from './rows.js';

const ROLES: Readonly<Record<JudgeName, string>> = {
  program: "as a program's BTF",
  module: "as a module's BTF",
  vmlinux: "as a kernel's own BTF",
  libbpf: '',
};

/** A row for people: the verdict, the message as it is logged, the place, the meaning. */
export function textOf(row: Row, options: VerifyOptions): string {
  const lines = row.releases === undefined ? oneKernel(row, options) : allKernels(row, row.releases);
  return `${[...(row.log ?? []), ...lines].map(line => line.split('\t').map(oneLine).join('\t')).join('\n')}\n`;
}

function oneKernel(row: Row, { live }: VerifyOptions): string[] {
  const who = row.as === 'libbpf' ? 'libbpf' : `Linux ${row.kernel}${live ? ', which runs here' : ''}`;
  const role = ROLES[row.as!] === '' ? '' : ` ${ROLES[row.as!]}`;
  const verdict = row.accepted
    ? `${row.input}: accepted${role} by ${who}`
    : `${row.input}: refused${role} by ${who}: ${row.errnoName} (${row.errno})`;
  return [
    verdict,
    ...(row.accepted ? [] : reasons(row)),
    ...(row.notes ?? []).map(note => `  note: ${note}`),
  ];
}

function allKernels(row: Row, releases: readonly ReleaseRow[]): string[] {
  const accepts = releases.filter(({ accepted, unread }) => accepted && !unread).map(rangeText);
  const verdict = accepts.length > 0 ? `accepted by Linux ${accepts.join(', ')}` : 'refused by every kernel';
  const unread = releases
    .filter(release => release.unread)
    .map(range => `  ${rangeText(range)}: not looked at`);
  const refusals = releases
    .filter(({ accepted }) => !accepted)
    .flatMap(release => [
      `  ${rangeText(release)}: ${release.errnoName} (${release.errno})`,
      ...reasons(release).map(line => `  ${line}`),
    ]);
  return [`${row.input}: ${verdict} ${ROLES[row.as!]}`, ...unread, ...refusals];
}

function reasons(row: Pick<Row, 'message' | 'typeId' | 'offset' | 'meaning'>): string[] {
  const lines: string[] = [];
  if (row.message !== '') lines.push(`  ${row.message}`);
  const place = [
    ...(row.typeId === null ? [] : [`type [${row.typeId}]`]),
    ...(row.offset === null ? [] : [`offset ${row.offset} of the BTF`]),
  ];
  if (place.length > 0) lines.push(`  at ${place.join(', ')}`);
  if (row.meaning) lines.push(`  ${row.meaning}`);
  return lines;
}
