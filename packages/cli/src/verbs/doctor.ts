import type { Command } from 'commander';
import type { DoctorOptions } from '../doctor/options.js';
import type { PlanOptions } from '../doctor/plan.js';
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
  $ btfkit doctor plan --kernel 5.15 --pahole 1.25
  $ dmesg | btfkit doctor --log - /lib/modules/$(uname -r)

Exit status: 0 nothing wrong found, 1 at least one error found, 3 a file cannot be read.`,
    )
    .action(run);
  definePlan(verb);
}

function definePlan(verb: Command): void {
  verb
    .command('plan')
    .description('what to expect of a kernel built with a release of pahole, and which flags to pass')
    .option('--kernel <version>', 'release of the kernel, such as 5.15 or 5.15.60')
    .option('--pahole <version>', 'release of pahole, such as 1.25')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Names the script of that kernel which has the flags, the flags that it passes to this pahole, those to add, and what is known
to break. "with …" says under which condition. A release without its third number is its first one: 5.15 is 5.15.0.

Examples:
  $ btfkit doctor plan --kernel 5.15 --pahole 1.25
  $ btfkit doctor plan --kernel 6.12.40 --pahole 1.27 --json

Exit status: 0 it works, if with the flags to add; 1 it breaks.`,
    )
    // Options of the same name are read by the verb above.
    .action(async (_, command: Command) => {
      const { plan } = await import('../doctor/plan.js');
      plan(command.optsWithGlobals<PlanOptions>());
    });
}

async function run(paths: string[], options: DoctorOptions): Promise<void> {
  const { doctor } = await import('../doctor/run.js');
  await doctor(paths, options);
}
