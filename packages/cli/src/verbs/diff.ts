import { type Command, Option } from 'commander';
import type { DiffVerbOptions } from '../diff/options.js';
import { collect } from '../options.js';

export function define(program: Command): void {
  program
    .command('diff')
    .description('what changed between two kernels, by meaning, and what that breaks')
    .argument('<a>', 'the old one: BTF, or a file that holds it')
    .argument('<b>', 'the new one')
    .argument('[name...]', 'only types of these names, each with all that changed in it')
    .option('--base-a <input>', 'what A stands on; repeat for several layers, the lowest first', collect)
    .option('--base-b <input>', 'what B stands on', collect)
    .option('--all', 'after the summary all that changed, as for names')
    .option('--kind <kind>', 'only types of this kind, such as struct or func (repeatable)', collect)
    .addOption(
      new Option('--breaks <whom>', 'only what breaks BPF programs, or modules, built for A').choices([
        'program',
        'module',
      ]),
    )
    .option('--json', 'one JSON document of all that changed')
    .addHelpText(
      'after',
      `
Types are matched by name and kind and compared by what they say, whatever their ids and order. Of split BTF (a module's)
only its own types are compared. Offsets are in bytes, 12:3 is bit 3 of byte 12; in JSON they are in bits.

Examples:
  $ btfkit diff vmlinux-6.1 vmlinux-6.12
  $ btfkit diff vmlinux-6.1 vmlinux-6.12 sk_buff task_struct
  $ btfkit diff vmlinux-6.1 vmlinux-6.12 --all --breaks program --kind struct
  $ btfkit diff vmlinux-6.1 /sys/kernel/btf/vmlinux --json | jq -r '.differences[] | select(.what == "went").name'
  $ btfkit diff old/nf_tables.ko new/nf_tables.ko --base-a old/vmlinux --base-b new/vmlinux

Exit status: 0 no difference, 1 there are some, 3 an input could not be read.`,
    )
    .action(run);
}

async function run(a: string, b: string, names: string[], options: DiffVerbOptions): Promise<void> {
  const { runDiff } = await import('../diff/run.js');
  await runDiff(a, b, names, options);
}
