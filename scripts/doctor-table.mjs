// Writes the table of checks in docs/doctor.md anew from the checks themselves; a test says when that is due.
// usage: npm run build && node scripts/doctor-table.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CHECKS } from '../packages/core/dist/doctor/index.js';
import { argumentsOf } from './arguments.mjs';

const START = '<!-- checks -->\n';
const END = '<!-- end of checks -->\n';
const path = fileURLToPath(new URL('../docs/doctor.md', import.meta.url));

/** The text with the table of the checks between its two marks. */
export function withTable(text) {
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/doctor.md: the marks of the table are not there');
  const cell = content => content.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const rows = CHECKS.map(
    ({ id, title, looksAt, affects }) =>
      `| ${[id, title, looksAt || 'a log only', affects].map(cell).join(' | ')} |\n`,
  );
  const head = '| id | symptom | what is looked at in files | affects |\n|---|---|---|---|\n';
  return `${text.slice(0, from)}${START}${head}${rows.join('')}${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf(import.meta.url);
  writeFileSync(path, withTable(readFileSync(path, 'utf8')));
}
