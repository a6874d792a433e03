import { type Command, Option } from 'commander';
import type { ConvertOptions } from '../convert/options.js';
import { addBaseOption } from '../options.js';

export function define(program: Command): void {
  const verb = program
    .command('convert')
    .description('the same types for an older kernel, which does not know all kinds of them')
    .argument('<input>', 'BTF, or a file that holds it')
    .requiredOption('--kernel <version>', 'release that is to read it, such as 5.15 or 6.12.117')
    .requiredOption('-o, --output <file>', 'where to write the BTF, - for standard output')
    .addOption(new Option('--as <reader>', 'whose it is').choices(['program', 'module', 'vmlinux']))
    .option('--embed', 'write the ELF file, with the BTF in the place of its own')
    .option('--json', 'one JSON document: what was lost, and whether the kernel takes the result');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Every type keeps its id, so that .BTF.ext and .BTF_ids stay right. What the release does not know is replaced as libbpf
does it for programs; docs/convert.md has all rules. What was lost is told on standard error, a line for each kind of
loss. The result is judged as verify does it; what that kernel would refuse all the same is not written. A module with
.BTF.base stays on that where the release knows such modules (6.11), and is moved onto --base where it does not.

Examples:
  $ btfkit convert prog.bpf.o --kernel 5.4 -o prog.btf
  $ btfkit convert prog.bpf.o --kernel 5.4 --embed -o prog-5.4.bpf.o
  $ btfkit convert vmlinux --kernel 5.15 -o vmlinux-5.15.btf
  $ btfkit convert nf_tables.ko --base vmlinux-5.15.btf --kernel 5.15 -o nf_tables.btf

Exit status: 0 written, 1 the kernel would refuse what can be made of it, 3 an input cannot be read.`,
    )
    .action(run);
}

async function run(input: string, options: ConvertOptions): Promise<void> {
  const { convertFile } = await import('../convert/run.js');
  await convertFile(input, options);
}
