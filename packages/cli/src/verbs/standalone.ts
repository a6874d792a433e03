import type { Command } from 'commander';
import { addBaseOption, type InputOptions } from '../options.js';

interface StandaloneOptions extends InputOptions {
  readonly output: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('standalone')
    .description('make split BTF self-contained: with what it needs of its base, ids from 1')
    .argument('<input>', 'split BTF, or a file that holds it')
    .requiredOption('-o, --output <file>', 'where to write, - for standard output')
    .option('--json', 'one JSON document that says what was done');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
The types of the base that it leads to come first, in their order, then its own.

Examples:
  $ btfkit standalone /sys/kernel/btf/nf_tables -o nf_tables.btf
  $ btfkit standalone module.ko --base vmlinux -o module.btf`,
    )
    .action(run);
}

async function run(input: string, options: StandaloneOptions): Promise<void> {
  const [{ standalone }, { loadInput }, { writeWhole }, { checkPlaces }] = await Promise.all([
    import('@btfkit/core/rewrite'),
    import('../inputs.js'),
    import('../files.js'),
    import('../places.js'),
  ]);
  checkPlaces({ inputs: [input, ...(options.base ?? [])], outputs: [options.output], json: options.json });
  const btf = await loadInput(input, { base: options.base, baseReferences: false });
  const { bytes, ids } = standalone(btf);
  writeWhole(options.output, bytes);
  if (!options.json) return;
  const own = btf.endId - btf.startId;
  const ofBase = ids.subarray(1, btf.startId).reduce((count, id) => count + (id === 0 ? 0 : 1), 0);
  (await import('../output.js')).writeJson({ input, output: options.output, types: { own, ofBase } });
}
