import type { Command } from 'commander';
import type { ListOptions } from '../kernel/list.js';
import type { SpecOptions } from '../kernel/spec.js';

export function define(program: Command): void {
  const kernel = program
    .command('kernel')
    .description('BTF of a kernel and of its modules, as programs find it');
  addOptions(kernel.command('list').description('the kernel and its modules, and where the BTF of each is'))
    .addHelpText(
      'after',
      `
Modules are those with BTF in /sys/kernel/btf and those that are loaded. One without BTF is no error: programs that
attach to it see the types of vmlinux.

Examples:
  $ btfkit kernel list
  $ btfkit kernel list --root captured --json`,
    )
    .action(async (options: ListOptions) => (await import('../kernel/list.js')).list(options));
  addOptions(
    kernel
      .command('spec')
      .description('which BTF is used for a module, or for the kernel itself')
      .argument('[module]', "a module's name or .ko file, or a program's section such as kprobe/NAME"),
  )
    .addHelpText(
      'after',
      `
The kernel's BTF is /sys/kernel/btf/vmlinux, or where libbpf looks for a vmlinux of this release, or in the image that
is booted. A module's is /sys/kernel/btf/NAME, or that of its .ko; where there is none, vmlinux's alone, with a note and
status 0. Of a program's section, kallsyms tells the modules that have its function.

Examples:
  $ btfkit kernel spec
  $ btfkit kernel spec nf_conntrack_netlink
  $ btfkit kernel spec ./nf_nat.ko.xz --root captured
  $ btfkit kernel spec kprobe/ctnetlink_fill_info`,
    )
    .action(async (subject: string | undefined, options: SpecOptions) =>
      (await import('../kernel/spec.js')).spec(subject, options),
    );
}

function addOptions(command: Command): Command {
  return command
    .option('--root <dir>', 'a folder with /sys, /proc, /boot and /lib/modules of another machine')
    .option('--release <name>', 'which kernel, as uname -r says it, where the root has several')
    .option('--json', 'one JSON document');
}
