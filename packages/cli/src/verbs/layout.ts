import { type Command, InvalidArgumentError } from 'commander';
import type { LayoutVerbOptions } from '../layout/options.js';
import { addBaseOption } from '../options.js';

export function define(program: Command): void {
  const verb = program
    .command('layout')
    .description('how structs lie in memory: offsets, sizes, holes, cache lines, as pahole prints them')
    .argument('<input>', 'BTF, or a file that holds it')
    .argument('[name...]', 'structs, unions, enums or typedefs; without names all structs and unions')
    .option('--id <id>', 'as a name, by type id (repeatable)', collectIds)
    .option('--cacheline <bytes>', 'size of a cache line (default: 64)', parseBytes)
    .option('--expand', 'with the types of members written out (pahole -E)')
    .option(
      '--reorganize',
      'in an order of members that leaves fewer holes, with what that saves (pahole -R)',
    )
    .option('--sizes', 'a row each: name, size, number of holes (pahole -s)')
    .option(
      '--packable',
      'a row for each struct that would be smaller reorganized: name, size, new size, saving',
    )
    .option('--contains <type>', 'the structs and unions with a member of that type (pahole -i)')
    .option(
      '--pointer-size <bytes>',
      'of the machine; default: as the type long has it, else 8',
      parsePointer,
    )
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
What is printed is byte for byte what pahole 1.31 prints of BTF (pahole -F btf -C NAME). Of several types of one name
the first by id is printed; the others are listed on standard error. --packable looks at all structs of the input; where
names are given it makes no difference, as with pahole. Colours show on a terminal; NO_COLOR=1 turns them off.

Examples:
  $ btfkit layout /sys/kernel/btf/vmlinux sk_buff
  $ btfkit layout vmlinux task_struct --expand --cacheline 128 | less
  $ btfkit layout vmlinux inode --reorganize
  $ btfkit layout vmlinux --contains mutex
  $ btfkit layout nf_tables.ko --base vmlinux nft_table --json
  $ btfkit layout vmlinux --sizes | sort -k2nr | head`,
    )
    .action(run);
}

function collectIds(value: string, before: number[] = []): number[] {
  if (!/^[0-9]+$/.test(value)) throw new InvalidArgumentError('A type id is a number.');
  return [...before, Number(value)];
}

function parseBytes(value: string): number {
  const bytes = Number(value);
  if (!/^[0-9]+$/.test(value) || bytes < 1 || bytes > 0xffff)
    throw new InvalidArgumentError('A number from 1 to 65535 is expected.');
  return bytes;
}

function parsePointer(value: string): number {
  if (value !== '4' && value !== '8') throw new InvalidArgumentError('4 or 8 is expected.');
  return Number(value);
}

async function run(input: string, names: string[], options: LayoutVerbOptions): Promise<void> {
  const { runLayout } = await import('../layout/run.js');
  await runLayout(input, names, options);
}
