import type { Btf, TypeId } from '@btfkit/core/btf';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Refusal, UsageError } from '../exit.js';
import { addBaseOption, collect, type InputOptions } from '../options.js';

interface DumpOptions extends InputOptions {
  readonly format?: 'raw' | 'json' | 'c';
  readonly json?: true;
  readonly id?: number[];
  readonly rootId?: number[];
  readonly kind?: string[];
  readonly unsorted?: true;
  readonly asserts?: true;
  readonly merge?: string[];
}

export function define(program: Command): void {
  const verb = program
    .command('dump')
    .description('print types as bpftool prints them')
    .argument('<input>', 'BTF, or a file that holds it')
    .argument('[name...]', 'print only the types of these names, and what a C compiler needs to take them')
    .addOption(new Option('--format <format>', 'how to print (default: raw)').choices(['raw', 'json', 'c']))
    .option('--json', 'the same as --format json')
    .option('--id <id>', 'as a name, by type id (repeatable)', collectIds)
    .option('--root-id <id>', "only this type, as bpftool's root_id (repeatable)", collectIds)
    .option('--kind <kind>', 'only types of this kind, such as STRUCT (repeatable)', collect)
    .option('--unsorted', 'C in the order of the type ids, not by kind and name')
    .option('--asserts', 'C that has the compiler check all sizes and offsets')
    .option('--merge <input>', 'merge and deduplicate with this input first (repeatable)', collect);
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Without names the whole input is printed, byte for byte as bpftool 7.8 does: as C also what it stands on.

Examples:
  $ btfkit dump /sys/kernel/btf/vmlinux | less
  $ btfkit dump vmlinux task_struct --kind STRUCT
  $ btfkit dump nf_tables.ko.xz --base vmlinux --json
  $ btfkit dump vmlinux --kind FUNC
  $ btfkit dump /sys/kernel/btf/vmlinux --format c > vmlinux.h
  $ btfkit dump vmlinux --format c task_struct sk_buff > few.h
  $ btfkit dump nf_tables.ko --merge nf_conntrack.ko --base vmlinux --format c`,
    )
    .action(run);
}

function collectIds(value: string, before: number[] = []): number[] {
  if (!/^[0-9]+$/.test(value)) throw new InvalidArgumentError('A type id is a number.');
  return [...before, Number(value)];
}

async function run(input: string, names: string[], options: DumpOptions): Promise<void> {
  const format = options.format ?? (options.json ? 'json' : 'raw');
  if (options.json && format !== 'json')
    throw new UsageError(`--json and --format ${format} exclude each other`);
  if (options.unsorted && format !== 'c') throw new UsageError('--unsorted is about --format c');
  if (options.asserts && format !== 'c') throw new UsageError('--asserts is about --format c');
  const [{ Kind }, { writeError, writeOut }, { inlineLess }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('../output.js'),
    import('../optimizer.js'),
  ]);
  inlineLess();
  const kinds = options.kind?.map(name => {
    const kind = Object.entries(Kind).find(([known]) => known === name.toUpperCase());
    if (kind === undefined || kind[1] === Kind.UNKN)
      throw new UsageError(`--kind ${name}: there is no such kind`);
    return kind[1];
  });
  const few = names.length > 0 || options.id !== undefined;
  // Of a few types only those that are reached are looked at, and checked then; C has to know more of them.
  const btf = await load(input, options, !few || format === 'c');
  const roots = selectTypes(btf, names, kinds, options);
  if (format === 'c') {
    const { printC } = await import('@btfkit/core/c');
    const { unsorted, asserts } = options;
    const left = printC(btf, writeOut, { ids: roots, unsorted, asserts });
    if (left > 0) writeError(`btfkit: ${input}: left out what C does not have: ${left} of unknown kinds\n`);
    return;
  }
  const { neededTypes, printJson, printRaw } = await import('@btfkit/core/print');
  const print = format === 'json' ? printJson : printRaw;
  print(btf, writeOut, roots && few ? neededTypes(btf, roots) : roots);
}

/** The input, or it and others as one, as bpftool merges files. */
async function load(input: string, { base, merge }: DumpOptions, references: boolean): Promise<Btf> {
  const { loadInput, loadInputs } = await import('../inputs.js');
  if (merge === undefined) return loadInput(input, { base, references });
  const [{ dedup, merge: mergeAll }, { Btf: Blob }] = await Promise.all([
    import('@btfkit/core/dedup'),
    import('@btfkit/core/btf'),
  ]);
  const inputs = await loadInputs([input, ...merge], { base });
  const merged = mergeAll(inputs, inputs[0]!.base);
  return Blob.parse(dedup(merged), { base: merged.base ?? undefined, name: input });
}

/** The ids that were asked for; undefined for the whole layer. */
function selectTypes(
  btf: Btf,
  names: string[],
  kinds: number[] | undefined,
  options: DumpOptions,
): TypeId[] | undefined {
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
  return roots;
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
