import type { Command } from 'commander';
import { UsageError } from '../exit.js';
import { collect } from '../options.js';
import { writeJson } from '../output.js';

interface RelocateOptions {
  readonly base?: string;
  readonly target: string[];
  readonly output: string;
  readonly json?: true;
}

export function define(program: Command): void {
  program
    .command('relocate')
    .description('move split BTF from its distilled base onto a real one')
    .argument('<input>', 'split BTF, or a file that holds it')
    .option('--base <distilled>', 'the distilled base; not where the input has a .BTF.base of its own')
    .requiredOption(
      '--target <input>',
      'what it is to stand on; repeat for several layers, the lowest first',
      collect,
    )
    .requiredOption('-o, --output <file>', 'where to write, - for standard output')
    .option('--json', 'one JSON document that says what was done, or why it was refused')
    .addHelpText(
      'after',
      `
What a kernel does when it loads a module with .BTF.base, and libbpf's btf__relocate: types of the distilled base
are found in the target by name, kind and, for those held by value, size. Header, order of sections and strings stay
as they are. Status 1, and no output, where a type is not there or two could be meant.

Examples:
  $ btfkit relocate nf_nat.btf --base nf_nat.btf.base --target vmlinux -o nf_nat.relocated.btf
  $ btfkit relocate nf_nat.ko --target /sys/kernel/btf/vmlinux -o nf_nat.btf`,
    )
    .action(run);
}

async function run(input: string, options: RelocateOptions): Promise<void> {
  const [
    { relocate },
    { loadBases, loadInput },
    { writeWhole },
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
  const { base, output, json } = options;
  checkPlaces({ inputs: [input, base, ...options.target], outputs: [output], json });
  compileLess();
  const named = base === undefined ? [] : [base];
  const btf = await loadInput(input, { base: named, asTheyAre: true });
  if (btf.base === null) {
    throw new UsageError(`${input} has no .BTF.base, name the distilled base that it stands on with --base`);
  }
  if (base !== undefined && btf.base.name !== base) {
    throw new UsageError(`${input} stands on its own .BTF.base, leave --base out`);
  }
  // Of the target only names and sizes count.
  const target = (await loadBases(options.target, { references: false }))!;
  const paths = { input, base: base ?? null, target: options.target };
  const { split } = await orRefusal(
    () => relocate(btf, target),
    verdict => json && writeJson({ ...paths, output: null, ...verdict }),
  );
  writeWhole(output, split);
  if (json) {
    writeJson({ ...paths, output, types: btf.offsets.length, bytes: split.length, ...ACCEPTED });
  }
}
