import { type Command, InvalidArgumentError } from 'commander';
import type { ApplyOptions, ModuleOption } from '../core/apply.js';
import type { MinOptions } from '../core/min.js';
import type { CheckOptions } from '../core-check/options.js';
import { addBaseOption } from '../options.js';

export function define(program: Command): void {
  const core = program.command('core').description('CO-RE: what BPF objects ask of the types of a kernel');
  defineApply(core);
  defineMin(core);
  defineCheck(core);
}

function defineApply(core: Command): void {
  const verb = core
    .command('apply')
    .description('relocate a BPF object against the types of a kernel, as libbpf does')
    .argument('<obj>', 'BPF object file')
    .option('--target <input>', 'BTF of the kernel')
    .option(
      '--root <dir>',
      'find the kernel and its modules here: / , or a captured machine as in `kernel list`',
    )
    .option(
      '--module <name=input>',
      'BTF of a module of that kernel; repeat for more. Looked into where the kernel itself has no such type',
      module,
    )
    .requiredOption('-o, --output <file>', 'where to write the object, - for standard output')
    .option('--json', 'one JSON document with what became of each relocation');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Each instruction with a relocation gets the offset, size or value that the target's types have. One that asks for what
the target lacks is poisoned, as libbpf does: the program loads if the instruction is never reached. Such are named on
standard error, and the status stays 0. Status 1, and no output, where libbpf would refuse the object. --base names what
a split target stands on. Programs in sections whose name starts with ? are relocated too.

--root takes the place of --target and --module: vmlinux, and all modules with BTF where that lacks a type. If the module
that a program attaches to has no BTF, that is a note; if a type is missing then, status 1.

Examples:
  $ btfkit core apply prog.o --target vmlinux -o prog.reloc.o
  $ btfkit core apply prog.o --target /sys/kernel/btf/vmlinux --module nf_nat=/sys/kernel/btf/nf_nat -o prog.reloc.o
  $ btfkit core apply prog.o --root / -o prog.reloc.o`,
    )
    .action(async (object: string, options: ApplyOptions) =>
      (await import('../core/apply.js')).apply(object, options),
    );
}

function defineMin(core: Command): void {
  const verb = core
    .command('min')
    .description('the smallest BTF of a kernel against which these objects relocate')
    .argument('<obj...>', 'BPF object files')
    .requiredOption('--target <input>', 'BTF of the kernel')
    .requiredOption('-o, --output <file>', 'where to write the BTF, - for standard output')
    .option('--json', 'say as one JSON document what was done');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
For machines whose kernel has no BTF of its own: what bpftool gen min_core_btf makes. Of a struct only the members that
a program asks for are kept. Relocations that find nothing need nothing. Status 1, and no output, where libbpf would
refuse an object.

Example:
  $ btfkit core min a.o b.o --target vmlinux -o min.btf`,
    )
    .action(async (objects: string[], options: MinOptions) =>
      (await import('../core/min.js')).min(objects, options),
    );
}

function defineCheck(core: Command): void {
  core
    .command('check')
    .description('do these objects work on these kernels: a table of all, with reasons and what to change')
    .argument('<obj...>', 'BPF object files')
    .requiredOption(
      '--target <input...>',
      'kernels: BTF in any form, a root with /sys and /proc, an archive, or a folder of these',
    )
    .option('--modules <dir>', 'a folder with BTF of modules, for every kernel')
    .option('--details', 'tell each program, and what is not there without harm')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ btfkit core check prog.o --target /sys/kernel/btf`,
    )
    .action(async (objects: string[], options: CheckOptions) =>
      (await import('../core-check/run.js')).check(objects, options),
    );
}

function module(value: string, before: ModuleOption[] = []): ModuleOption[] {
  const at = value.indexOf('=');
  if (at <= 0 || at === value.length - 1) throw new InvalidArgumentError('expected NAME=INPUT');
  return [...before, { name: value.slice(0, at), input: value.slice(at + 1) }];
}
