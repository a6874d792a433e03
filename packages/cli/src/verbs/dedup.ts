import type { Command } from 'commander';
import { addBaseOption, type InputOptions } from '../options.js';

interface DedupOptions extends InputOptions {
  readonly output: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('dedup')
    .description('merge BTF and leave one type for each type')
    .argument('<input...>', 'BTF, or files that hold it; types keep the order of the inputs')
    .requiredOption('-o, --output <file>', 'where to write, - for standard output')
    .option('--json', 'one JSON document with the numbers of types and bytes');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
The results are those of libbpf's btf__dedup. With --base the inputs are split BTF on that base, and so is the
result, which lacks what the base has already.

Examples:
  $ btfkit dedup one.o two.o -o program.btf
  $ btfkit dedup nf_tables.ko nf_nat.ko --base vmlinux -o netfilter.btf`,
    )
    .action(run);
}

async function run(paths: string[], options: DedupOptions): Promise<void> {
  const [{ dedup, merge }, { loadInputs }, { writeWhole }, { checkPlaces }] = await Promise.all([
    import('@btfkit/core/dedup'),
    import('../inputs.js'),
    import('../files.js'),
    import('../places.js'),
  ]);
  checkPlaces({ inputs: [...paths, ...(options.base ?? [])], outputs: [options.output], json: options.json });
  const inputs = await loadInputs(paths, { base: options.base, asTheyAre: true });
  const first = inputs[0]!;
  const merged = inputs.length === 1 ? first : merge(inputs, first.base);
  const bytes = dedup(merged);
  writeWhole(options.output, bytes);
  if (!options.json) return;
  const [{ Btf }, { writeJson }] = await Promise.all([import('@btfkit/core/btf'), import('../output.js')]);
  const result = Btf.parse(bytes, { base: merged.base ?? undefined });
  const types = { in: merged.endId - merged.startId, out: result.endId - result.startId };
  writeJson({ inputs: paths, output: options.output, types, bytes: bytes.length });
}
