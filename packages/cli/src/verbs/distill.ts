import type { Command } from 'commander';
import { UsageError } from '../exit.js';
import { addBaseOption, type InputOptions } from '../options.js';
import { writeJson } from '../output.js';

interface DistillOptions extends InputOptions {
  readonly output: string;
  readonly baseOut: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('distill')
    .description('give split BTF a small base of its own, so that it can be relocated later')
    .argument('<input>', 'split BTF, or a file that holds it')
    .requiredOption('-o, --output <file>', 'where to write the split BTF, - for standard output')
    .requiredOption('--base-out <file>', 'where to write its distilled base, - for standard output')
    .option('--json', 'one JSON document with the numbers of types and bytes');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
The results are those of libbpf's btf__distill_base: names and sizes of what the input needs of its base go into
the distilled base, which is what a module carries as .BTF.base; types without a name join the split BTF.
Status 1 where libbpf would refuse.

Examples:
  $ btfkit distill nf_nat.ko --base vmlinux -o nf_nat.btf --base-out nf_nat.btf.base
  $ btfkit distill /sys/kernel/btf/nf_nat -o nf_nat.btf --base-out nf_nat.btf.base`,
    )
    .action(run);
}

async function run(input: string, options: DistillOptions): Promise<void> {
  const [
    { distill },
    { loadInput },
    { writeAllWhole },
    { ACCEPTED, orRefusal },
    { compileLess },
    { checkPlaces },
  ] = await Promise.all([
    import('@btfkit/core/distill'),
    import('../inputs.js'),
    import('../files.js'),
    import('../refusal.js'),
    import('../optimizer.js'),
    import('../places.js'),
  ]);
  const { output, baseOut, json } = options;
  checkPlaces({ inputs: [input, ...(options.base ?? [])], outputs: [output, baseOut], json });
  compileLess();
  // Of the base, what is reached is checked then.
  const btf = await loadInput(input, { base: options.base, baseReferences: false });
  if (btf.base === null)
    throw new UsageError(`${input} is read on no base: distill wants split BTF and --base`);
  const { split, base } = await orRefusal(
    () => distill(btf),
    verdict => json && writeJson({ input, output: null, baseOutput: null, ...verdict }),
  );
  writeAllWhole([
    { path: output, bytes: split },
    { path: baseOut, bytes: base },
  ]);
  if (!json) return;
  const { Btf } = await import('@btfkit/core/btf');
  const newBase = Btf.parse(base);
  const types = { split: Btf.parse(split, { base: newBase }).offsets.length, base: newBase.offsets.length };
  const bytes = { split: split.length, base: base.length };
  writeJson({ input, output, baseOutput: baseOut, types, bytes, ...ACCEPTED });
}
