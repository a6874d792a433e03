import { type Command, Option } from 'commander';
import { addBaseOption, type InputOptions } from '../options.js';
import { writeJson } from '../output.js';

interface EndianOptions extends InputOptions {
  readonly to: 'big' | 'little';
  readonly output: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('endian')
    .description('write the same BTF in the other byte order')
    .argument('<input>', 'BTF, or a file that holds it')
    .addOption(
      new Option('--to <order>', 'byte order of the result').choices(['big', 'little']).makeOptionMandatory(),
    )
    .requiredOption('-o, --output <file>', 'where to write, - for standard output')
    .option('--json', 'one JSON document that says what was done');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Header length, order of sections and strings stay as they are.

Examples:
  $ btfkit endian vmlinux.btf --to big -o vmlinux-be.btf
  $ btfkit endian module.btf --base vmlinux.btf --to big -o module-be.btf`,
    )
    .action(run);
}

async function run(input: string, options: EndianOptions): Promise<void> {
  const [{ swapByteOrder }, { loadInput }, { writeWhole }, { checkPlaces }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('../inputs.js'),
    import('../files.js'),
    import('../places.js'),
  ]);
  checkPlaces({ inputs: [input, ...(options.base ?? [])], outputs: [options.output], json: options.json });
  const btf = await loadInput(input, { base: options.base, asTheyAre: true });
  const already = btf.littleEndian === (options.to === 'little');
  const bytes = already ? btf.bytes : swapByteOrder(btf);
  writeWhole(options.output, bytes);
  if (options.json)
    writeJson({ input, output: options.output, to: options.to, bytes: bytes.length, swapped: !already });
}
