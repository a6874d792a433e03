import type { Command } from 'commander';
import type { DoctorOptions } from '../doctor/options.js';
import { addBaseOption, collect } from '../options.js';

export function define(program: Command): void {
  const verb = program
    .command('doctor')
    .description('what is wrong with a build, a pair of files, or a pasted log: cause, proof and remedy')
    .argument('[path...]', 'a build tree, a vmlinux, modules, BPF objects, BTF, a .config, logs')
    .option('--log <file>', 'a build log, dmesg, or what a loader printed; - for standard input', collect)
    .option('--kernel <version>', 'release of the kernel, where no file says it')
    .option('--pahole <version>', 'release of pahole, such as 1.25, where no file says it')
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Each finding says what was seen, what it means, how we know, and what to do. All that is given is looked at together: with
a vmlinux and a module, whether they fit; with a log and a vmlinux, which type a reader stopped at.

Examples:
  $ btfkit doctor ~/linux
  $ btfkit doctor vmlinux drivers/net/tun.ko
  $ make 2>&1 | btfkit doctor --log -
  $ btfkit doctor --log build.log vmlinux --kernel 5.15.60
  $ dmesg | btfkit doctor --log - /lib/modules/$(uname -r)

Exit status: 0 nothing wrong found, 1 at least one error found, 3 a file cannot be read.`,
    )
    .action(run);
}

async function run(paths: string[], options: DoctorOptions): Promise<void> {
  const { doctor } = await import('../doctor/run.js');
  await doctor(paths, options);
}
