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
  const [{ summarize }, { loadInput }, { asText, writeJson, writeOut }, { summaryText }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('../inputs.js'),
    import('../output.js'),
    import('../summary-text.js'),
  ]);
  const summary = summarize(await loadInput(input, options));
  if (options.json) writeJson(summary);
  else writeOut(asText(summaryText(summary)));
}
