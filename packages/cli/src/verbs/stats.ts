import type { Summary } from '@btfkit/core/btf';
import type { Command } from 'commander';
import { addBaseOption, type InputOptions } from '../options.js';

interface StatsOptions extends InputOptions {
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('stats')
    .description('header, sizes, types per kind, sortedness, and what it stands on')
    .argument('<input>', 'BTF, or a file that holds it')
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Examples:
  $ btfkit stats /sys/kernel/btf/vmlinux
  $ btfkit stats nf_tables.ko --base vmlinux --json`,
    )
    .action(run);
}

async function run(input: string, options: StatsOptions): Promise<void> {
  const [{ summarize }, { loadInput }, { writeJson, writeOut }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('../inputs.js'),
    import('../output.js'),
  ]);
  const summary = summarize(await loadInput(input, options));
  if (options.json) writeJson(summary);
  else writeOut(`${describe(summary).join('\n')}\n`);
}

function describe(summary: Summary): string[] {
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
