import { type Command, Option } from 'commander';
import { addBaseOption } from '../options.js';
import type { VerifyOptions } from '../verify/options.js';

export function define(program: Command): void {
  const verb = program
    .command('verify')
    .description('would this kernel accept it: its own last message and errno, the place, and what it means')
    .argument('<input...>', 'BTF, or a file that holds it')
    .addOption(new Option('--as <judge>', 'who reads it').choices(['program', 'module', 'vmlinux', 'libbpf']))
    .option('--kernel <version>', 'release to judge by, such as 5.15 or 6.12.117; all tells which accept it')
    .addOption(
      new Option('--endian <order>', "the kernel's byte order; target is that of the input").choices([
        'little',
        'big',
        'target',
      ]),
    )
    .option('--log', 'print all that the kernel would log')
    .option('--live', 'ask the running kernel (root)')
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Unless --as says otherwise, a blob is judged as a program's BTF (BPF_BTF_LOAD), one with a base as a module's, which
is vmlinux there. With --as program, --base names the kernel's types, which a program's kptrs may be of. A raw blob is
judged by a little-endian kernel, one in an ELF file by a kernel of its byte order. The kernel is the newest that is known.

Examples:
  $ btfkit verify prog.bpf.o --kernel 5.15
  $ btfkit verify prog.bpf.o --kernel all
  $ btfkit verify nf_tables.ko --base vmlinux --kernel 6.12
  $ btfkit verify vmlinux --as vmlinux
  $ btfkit verify prog.bpf.o --as program --base /sys/kernel/btf/vmlinux
  $ sudo btfkit verify prog.bpf.o --live --log

Exit status: 0 all accepted, 1 one was refused, 3 one could not be read.`,
    )
    .action(run);
}

async function run(inputs: string[], options: VerifyOptions): Promise<void> {
  const { verify } = await import('../verify/run.js');
  await verify(inputs, options);
}
