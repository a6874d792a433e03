// The table of releases in docs/verify.md, made of what the judges go by. kernel-table.test.ts says when it is old.
// usage: node packages/core/test/verify/kernel-table.mjs, which puts it there
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { CHANGES, RELEASES } from '@btfkit/core/verify';

const document = new URL('../../../../docs/verify.md', import.meta.url);
const PLACE = /(?<=<!-- releases: [^\n]* -->\n).*?(?=<!-- end of releases -->)/s;

/** The rows, oldest release first, with a newline at the end. */
export function releaseTable() {
  const inOrder = CHANGES.toSorted((a, b) => RELEASES.indexOf(a.since) - RELEASES.indexOf(b.since));
  const rows = inOrder.map(({ since, what, stable, source }) => [since, what, stable ? 'yes' : '', source]);
  return [['since', 'what', 'stable', 'source'], Array(4).fill('---'), ...rows]
    .map(row => `| ${row.map(text => text.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

/** What the document has in its place; null where there is none. */
export function documentedTable() {
  return PLACE.exec(readFileSync(document, 'utf8'))?.[0] ?? null;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(document, readFileSync(document, 'utf8').replace(PLACE, releaseTable));
}
