import type { Command } from 'commander';
import { addBaseOption, type InputOptions } from '../options.js';

interface SortOptions extends InputOptions {
  readonly output: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('sort')
    .description('put the types in the byte order of their names, as kernels from 7.0 want it')
    .argument('<input>', 'BTF, or a file that holds it')
    .requiredOption('-o, --output <file>', 'where to write, - for standard output')
    .option('--json', 'one JSON document that says what was done');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Types without a name come first; types of one name keep their order. Of split BTF only its own types move: --base is what
it stands on now. What stands on a base that was sorted afterwards has to be made anew.

Examples:
  $ btfkit sort vmlinux.btf -o sorted.btf
  $ btfkit sort module.btf --base vmlinux.btf -o sorted-module.btf`,
    )
    .action(run);
}

async function run(input: string, options: SortOptions): Promise<void> {
  const [{ sortByName }, { loadInput }, { writeWhole }, { checkPlaces }] = await Promise.all([
    import('@btfkit/core/rewrite'),
    import('../inputs.js'),
    import('../files.js'),
    import('../places.js'),
  ]);
  checkPlaces({ inputs: [input, ...(options.base ?? [])], outputs: [options.output], json: options.json });
  const btf = await loadInput(input, { base: options.base, asTheyAre: true });
  const { bytes, ids } = sortByName(btf);
  writeWhole(options.output, bytes);
  if (!options.json) return;
  const moved = ids.reduce((count, id, old) => count + (id === old ? 0 : 1), 0);
  const types = btf.endId - btf.startId;
  (await import('../output.js')).writeJson({ input, output: options.output, types, moved });
}
