import { errnoName } from '@btfkit/core/verify';
import type { ModuleRow } from './run.js';

/** A module's report as people read it. */
export function textOf(row: ModuleRow): string {
  const { input, loads, btf, kfuncSets, structOps, dtors, mismatch, notes } = row;
  const lines = [`${input}: ${loads ? 'loads' : 'does not load'}${btf.accepted ? ', BTF accepted' : ''}`];
  for (const print of btf.dmesg) lines.push(`  dmesg   ${print}`);
  for (const { name, count, registered, hook, errno, problems } of kfuncSets) {
    const what = registered ? `for ${hook}: ${outcome(errno)}` : 'no register call found';
    lines.push(`  kfuncs  ${name} (${count}) ${what}`);
    for (const problem of problems) lines.push(`          ${problem}`);
  }
  for (const { name, errno, problems } of structOps) {
    lines.push(`  ops     ${name}: ${outcome(errno)}`);
    for (const problem of problems) lines.push(`          ${problem}`);
  }
  for (const problem of dtors) lines.push(`  dtors   ${problem}`);
  for (const note of notes) lines.push(`  note    ${note}`);
  for (const seen of mismatch?.evidence ?? []) lines.push(`  seen    ${seen}`);
  return `${lines.map(printable).join('\n')}\n`;
}

function outcome(errno: number): string {
  return errno === 0 ? 'returns 0' : `returns -${errno} (${errnoName(errno)})`;
}

/** Names are whatever bytes a file has: none reaches the terminal as a command. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is sought
  return line.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '?');
}
