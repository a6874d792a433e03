import type { Btf, TypeId } from '@btfkit/core/btf';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Refusal, UsageError } from '../exit.js';
import { addBaseOption, collect, type InputOptions } from '../options.js';

interface DumpOptions extends InputOptions {
  readonly format: 'raw' | 'json' | 'c';
  readonly json?: true;
  readonly id?: number[];
  readonly rootId?: number[];
  readonly kind?: string[];
}

export function define(program: Command): void {
  const verb = program
    .command('dump')
    .description('print types as bpftool prints them')
    .argument('<input>', 'BTF, or a file that holds it')
    .argument('[name...]', 'print only the types of these names, and what a C compiler needs to take them')
    .addOption(new Option('--format <format>', 'how to print').choices(['raw', 'json', 'c']).default('raw'))
    .option('--json', 'the same as --format json')
    .option('--id <id>', 'as a name, by type id (repeatable)', collectIds)
    .option('--root-id <id>', "only this type, as bpftool's root_id (repeatable)", collectIds)
    .option('--kind <kind>', 'only types of this kind, such as STRUCT (repeatable)', collect);
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Without names the whole input is printed, byte for byte as bpftool 7.8 does.

Examples:
  $ btfkit dump /sys/kernel/btf/vmlinux | less
  $ btfkit dump vmlinux task_struct --kind STRUCT
  $ btfkit dump nf_tables.ko.xz --base vmlinux --json
  $ btfkit dump vmlinux --kind FUNC`,
    )
    .action(run);
}

function collectIds(value: string, before: number[] = []): number[] {
  if (!/^[0-9]+$/.test(value)) throw new InvalidArgumentError('A type id is a number.');
  return [...before, Number(value)];
}

async function run(input: string, names: string[], options: DumpOptions): Promise<void> {
  if (options.format === 'c') {
    throw new UsageError('dump --format c is not in this release yet; raw and json are');
  }
  const [{ Kind }, { printJson, printRaw }, { loadInput }, { writeOut }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('@btfkit/core/print'),
    import('../inputs.js'),
    import('../output.js'),
  ]);
  const kinds = options.kind?.map(name => {
    const kind = Object.entries(Kind).find(([known]) => known === name.toUpperCase());
    if (kind === undefined || kind[1] === Kind.UNKN)
      throw new UsageError(`--kind ${name}: there is no such kind`);
    return kind[1];
  });
  // Of a few types only those that are reached are looked at, and checked then.
  const few = names.length > 0 || options.id !== undefined;
  const btf = await loadInput(input, { base: options.base, references: !few });
  const ids = await selectTypes(btf, names, kinds, options);
  const print = options.json || options.format === 'json' ? printJson : printRaw;
  print(btf, writeOut, ids);
}

/** The ids to print; undefined for the whole layer. */
async function selectTypes(
  btf: Btf,
  names: string[],
  kinds: number[] | undefined,
  options: DumpOptions,
): Promise<Iterable<TypeId> | undefined> {
  const isWanted = (id: TypeId) => kinds === undefined || kinds.includes(btf.kind(id));
  if (options.rootId !== undefined) {
    if (names.length > 0 || options.id !== undefined)
      throw new UsageError('--root-id goes without names and --id');
    return options.rootId.map(id => existing(btf, id)).filter(isWanted);
  }
  if (names.length === 0 && options.id === undefined) return kinds && ownIds(btf).filter(isWanted);
  const roots = (options.id ?? []).map(id => existing(btf, id)).filter(isWanted);
  for (const name of names) {
    const found = btf.findAll(name).filter(isWanted);
    if (found.length === 0) throw new Refusal(`${btf.name}: no type of the name ${name}${ofKind(options)}`);
    roots.push(...found);
  }
  const { neededTypes } = await import('@btfkit/core/print');
  return neededTypes(btf, roots);
}

function ownIds(btf: Btf): TypeId[] {
  return Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.startId + i);
}

function existing(btf: Btf, id: number): TypeId {
  if (id > 0 && id < btf.endId) return id;
  throw new Refusal(`${btf.name}: no type [${id}], ids end at ${btf.endId - 1}`);
}

function ofKind(options: DumpOptions): string {
  return options.kind === undefined ? '' : ` and kind ${options.kind.join(' or ')}`;
}
