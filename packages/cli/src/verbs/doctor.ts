import type { Command } from 'commander';
import type { GateOptions } from '../doctor/gate.js';
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
  $ btfkit doctor gate ~/linux --junit btf.xml
  $ dmesg | btfkit doctor --log - /lib/modules/$(uname -r)

Exit status: 0 nothing wrong found, 1 at least one error found, 3 a file cannot be read.`,
    )
    .action(run);
  definePlan(verb);
  defineGate(verb);
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

function defineGate(verb: Command): void {
  const gate = verb
    .command('gate')
    .description('the checks of a finished build, for CI: vmlinux and all modules')
    .argument('<tree>', 'a build tree, or a folder with a vmlinux and modules')
    .option('--junit <file>', 'write a report for CI systems; - for standard output')
    .option('--against <tree>', 'another build of the same sources, which is to have the same bytes')
    .option('--kernel <version>', 'release of the kernel, where no file says it')
    .option(
      '--allow <check>',
      'let findings of this check be warnings, such as S77; can be repeated',
      collect,
    )
    .option('--json', 'one JSON document');
  addBaseOption(gate)
    .addHelpText(
      'after',
      `
Asks whether vmlinux has BTF, its kernel accepts it, the libbpf of the tree reads it, types are sorted (from 7.0), kfuncs have
their tags (from 6.11) and .BTF_ids its ids, sorted; and of each module whether it fits this vmlinux and registers its kfuncs.
--base names the vmlinux where the tree has none.

Examples:
  $ btfkit doctor gate ~/linux --junit btf.xml
  $ btfkit doctor gate build1 --against build2
  $ btfkit doctor gate /lib/modules/6.12.5 --base vmlinux-6.12.5 --allow S77

Exit status: 0 all passed, if with warnings; 1 something failed; 3 a file cannot be read.`,
    )
    // Options of the same name are read by the verb above.
    .action(async (tree: string, _, command: Command) => {
      const { gate } = await import('../doctor/gate.js');
      await gate(tree, command.optsWithGlobals<GateOptions>());
    });
}

async function run(paths: string[], options: DoctorOptions): Promise<void> {
  const { doctor } = await import('../doctor/run.js');
  await doctor(paths, options);
}
