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
    .option('--json', 'one JSON document that says what was done');
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
    .option('--html <file>', 'write a report that a browser shows')
    .option('--json', 'one JSON document')
    .option('-j, --jobs <n>', 'threads; as many as there are processors unless told', jobs)
    .option('--no-cache', 'do not keep answers, nor use those that were kept')
    .addHelpText(
      'after',
      `
A cell is ok where libbpf would load the object and attach its programs: every relocation finds its field or is never
reached, kfuncs and other externs are there with the same prototype or are weak, and so are the functions, hooks and
tracepoints that programs attach to; "ok?" where that depends on what the kernel's files do not tell: symbols without
kallsyms, options without configuration. What fails is told once, with all kernels and places that have it, and with
what to change. Status 1 where a cell fails, 3 where a kernel cannot be read.

A target is BTF in any form, or a folder: one like /sys/kernel/btf with vmlinux and modules; a root of this machine or of
a captured one, whose kallsyms and configuration tell what BTF does not have; or any tree of these, as BTFHub's
DISTRO/RELEASE/ARCH/KERNEL.btf.tar.xz. Archives (tar, also compressed) are looked into. Symbols and DWARF of a vmlinux
tell of functions that were inlined or changed.

Answers are kept in the user's cache folder (BTFKIT_CACHE names another one, or off).

Examples:
  $ btfkit core check prog.o --target /sys/kernel/btf
  $ btfkit core check *.bpf.o --target btfhub-archive/ubuntu btfhub-archive/debian --html report.html
  $ btfkit core check prog.o --target vmlinux-6.1 vmlinux-6.12 --details --json`,
    )
    .action(async (objects: string[], options: CheckOptions) =>
      (await import('../core-check/run.js')).check(objects, options),
    );
}

function jobs(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a number from 1 on');
  return number;
}

function module(value: string, before: ModuleOption[] = []): ModuleOption[] {
  const at = value.indexOf('=');
  if (at <= 0 || at === value.length - 1) throw new InvalidArgumentError('expected NAME=INPUT');
  return [...before, { name: value.slice(0, at), input: value.slice(at + 1) }];
}
