import type { Command } from 'commander';
import type { ModuleCheckOptions } from '../module/options.js';

export function define(program: Command): void {
  const verb = program.command('module').description('what a kernel does with modules');
  verb
    .command('check')
    .description('will this kernel load the module, keep its BTF, register its kfuncs; with what it prints')
    .argument('<ko...>', 'modules, compressed or not; of a folder all that are in it')
    .requiredOption('--kernel <input>', "the kernel's BTF, or a file that holds it")
    .option(
      '--kernel-version <version>',
      'as uname -r has it, or less: 6.12 (default: what the kernel says, else that of the module)',
    )
    .option('--symvers <file>', "Module.symvers of the kernel: checksums that the module's are compared with")
    .option('--kallsyms <file>', '/proc/kallsyms or System.map: symbols that the module can use')
    .option(
      '--config <file>',
      ".config of the kernel: its part of the module's version magic, what it does with BTF",
    )
    .option('--allow-btf-mismatch', 'the kernel has CONFIG_MODULE_ALLOW_BTF_MISMATCH')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Says as well where the kernel takes a module's BTF though its types are those of another kernel, which it cannot see.

Examples:
  $ btfkit module check driver.ko --kernel /sys/kernel/btf/vmlinux --kernel-version $(uname -r)
  $ btfkit module check /lib/modules/6.12.117 --kernel vmlinux --symvers Module.symvers
  $ btfkit module check nf_nat.ko.xz --kernel vmlinux --allow-btf-mismatch --json

Exit status: 0 all is well, 1 a module does not load, loses its BTF or has wrong types, or a registration fails,
3 a file could not be read.`,
    )
    .action(run);
}

async function run(modules: string[], options: ModuleCheckOptions): Promise<void> {
  const { checkModules } = await import('../module/run.js');
  await checkModules(modules, options);
}
