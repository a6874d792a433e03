import type { Summary } from '@btfkit/core/btf';

/** What a blob consists of, in lines: `stats`. */
export function summaryText(summary: Summary): string[] {
  const { header } = summary;
  const order = header.littleEndian ? 'little-endian' : 'big-endian';
  const lines = [
    `${summary.name}: ${summary.size} bytes, ${order}`,
    `header   ${header.headerLength} bytes, version ${header.version}, flags ${header.flags}${header.hasUnknownFields ? ', with unknown fields' : ''}`,
    `types    ${header.typeLength} bytes at ${header.typeOffset}: ${count(summary.types, 'type')}${idRange(summary)}`,
    `strings  ${header.stringLength} bytes at ${header.stringOffset}: ${count(summary.strings, 'string')}`,
    summary.layoutKinds > 0
      ? `layout   ${header.layoutLength} bytes at ${header.layoutOffset}: ${count(summary.layoutKinds, 'kind')}`
      : 'layout   none',
    `names    ${summary.sorted ? `sorted, named types from [${summary.sortedFrom}]` : 'not sorted'}`,
    `vlen     at most ${summary.longestVlen}${summary.wideVlen ? ', needs a reader of 24-bit vlen' : ''}`,
  ];
  if (summary.kflagTags > 0) lines.push(`tags     ${count(summary.kflagTags, 'attribute tag')} (kflag)`);
  for (const base of summary.standsOn) {
    lines.push(
      `base     ${base.name ?? 'its own .BTF.base'}: ids to ${base.lastId}, strings to ${base.stringEnd}`,
    );
  }
  if (summary.standsOn.length === 0) lines.push('base     none');
  lines.push('', 'kind            count      bytes');
  for (const { kind, count, bytes } of summary.kinds) {
    lines.push(`${kind.padEnd(12)}${String(count).padStart(9)}${String(bytes).padStart(11)}`);
  }
  return lines;
}

function idRange(summary: Summary): string {
  return summary.types > 0 ? `, ids ${summary.firstId} to ${summary.lastId}` : '';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
