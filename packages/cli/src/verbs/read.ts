import type { Btf, TypeId } from '@btfkit/core/btf';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Refusal, UsageError } from '../exit.js';
import { addBaseOption, type InputOptions } from '../options.js';

interface ReadOptions extends InputOptions {
  readonly id?: number;
  readonly offset: number;
  readonly compact?: true;
  readonly skipNames?: true;
  readonly zeroes?: true;
  readonly strings?: true;
  readonly indentLevel: number;
  readonly indent?: string;
  readonly pointerSize?: '4' | '8';
  readonly json?: true;
}

/** As libbpf has room for. */
const MOST_LEVELS = 255;
const LONGEST_INDENT = 31;
/** Read after the end of a value, for types whose members reach beyond their size. */
const SLACK = 1 << 20;

export function define(program: Command): void {
  const verb = program
    .command('read')
    .description("bytes of a file as a value of a type, as libbpf's btf_dump__dump_type_data has it")
    .argument('<input>', 'BTF, or a file that holds it')
    .argument('[type]', 'name of the type, such as task_struct or "struct task_struct"; none with --id')
    .argument('[file]', 'the bytes; - is standard input')
    .option('--id <id>', 'the type by its id', parseNumber)
    .option('--offset <bytes>', 'where in the file the value starts; 0x… is hexadecimal', parseNumber, 0)
    .option('--compact', 'all on one line')
    .option('--skip-names', 'no names of members and types')
    .option('--zeroes', 'members that are zero as well')
    .option('--strings', 'arrays of characters as strings')
    .option('--indent-level <levels>', 'indent each line by so much more', parseNumber, 0)
    .option('--indent <text>', 'what one level is indented with (default: a tab)')
    .addOption(
      new Option('--pointer-size <bytes>', 'of the machine (default: that of its long)').choices(['4', '8']),
    )
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
The bytes are in the byte order of the BTF.

Examples:
  $ btfkit read /sys/kernel/btf/vmlinux 'struct list_head' dump.bin --offset 0x40
  $ btfkit read prog.bpf.o .bss bss.bin --strings
  $ btfkit read vmlinux --id 137 dump.bin --compact --zeroes

Exit status: 1 where the value cannot be shown, as for want of bytes; what can be is printed.`,
    )
    .action(run);
}

function parseNumber(value: string): number {
  const number = /^(0x[0-9a-f]+|[0-9]+)$/i.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new InvalidArgumentError('It is a number, 0 or more.');
  return number;
}

async function run(
  input: string,
  first: string | undefined,
  second: string | undefined,
  options: ReadOptions,
) {
  const { name, file } = operands(first, second, options);
  checkIndent(options);
  const [{ Values }, { loadInput }, { writeJson, writeOut }] = await Promise.all([
    import('@btfkit/core/value'),
    import('../inputs.js'),
    import('../output.js'),
  ]);
  const btf = await loadInput(input, options);
  const typeId = name === undefined ? existing(btf, options.id ?? 0) : await findType(btf, name);
  const { pointerSize, offset } = options;
  const values = new Values(btf, pointerSize === undefined ? undefined : pointerSize === '4' ? 4 : 8);
  const data = await readData(file, offset, Math.max(values.sizeOf(typeId), 0) + SLACK);
  const chunks: Uint8Array[] = [];
  let hasText = false;
  const take = (chunk: Uint8Array) => {
    hasText = true;
    if (options.json) chunks.push(chunk.slice());
    else writeOut(chunk);
  };
  const { compact, skipNames, zeroes, strings, indentLevel, indent } = options;
  const how = { compact, skipNames, emitZeroes: zeroes, emitStrings: strings, indentLevel, indent };
  const result = values.show(typeId, data, take, how);
  const problem = result < 0 ? await problemOf(result, data) : '';
  if (options.json) {
    writeJson({ input, typeId, file, offset, result, problem, text: Buffer.concat(chunks).toString() });
  } else if (hasText) {
    writeOut('\n');
  }
  if (problem !== '') throw new Refusal(`${file}: ${problem}`);
}

/** With --id there is no TYPE before FILE. */
function operands(first: string | undefined, second: string | undefined, { id }: ReadOptions) {
  const [name, file] = id === undefined ? [first, second] : [undefined, first];
  if (file === undefined || (id !== undefined && second !== undefined)) {
    throw new UsageError('read takes INPUT TYPE FILE, or INPUT FILE with --id');
  }
  return { name, file };
}

function checkIndent({ indent, indentLevel }: ReadOptions): void {
  if (indentLevel > MOST_LEVELS)
    throw new UsageError(`--indent-level ${indentLevel}: at most ${MOST_LEVELS}`);
  if (indent !== undefined && Buffer.byteLength(indent) > LONGEST_INDENT) {
    throw new UsageError(`--indent: at most ${LONGEST_INDENT} bytes`);
  }
}

function existing(btf: Btf, id: number): TypeId {
  if (id > 0 && id < btf.endId) return id;
  throw new Refusal(`${btf.name}: no type [${id}], ids end at ${btf.endId - 1}`);
}

/** The first type of that name that has values; others of the name are told on standard error. */
async function findType(btf: Btf, name: string): Promise<TypeId> {
  const [{ Kind, kindName }, { writeError }] = await Promise.all([
    import('@btfkit/core/btf'),
    import('../output.js'),
  ]);
  const valued: readonly number[] = [
    Kind.INT,
    Kind.STRUCT,
    Kind.UNION,
    Kind.ENUM,
    Kind.ENUM64,
    Kind.TYPEDEF,
    Kind.VAR,
    Kind.DATASEC,
    Kind.FLOAT,
  ];
  const keywords: Record<string, readonly number[]> = {
    struct: [Kind.STRUCT],
    union: [Kind.UNION],
    enum: [Kind.ENUM, Kind.ENUM64],
  };
  const find = (wanted: string, kinds: readonly number[]) =>
    btf.findAll(wanted).filter(id => kinds.includes(btf.kind(id)));
  let found = find(name, valued);
  const [, keyword, tag] = name.match(/^(struct|union|enum)\s+(.*)$/) ?? [];
  if (found.length === 0 && keyword !== undefined) found = find(tag!, keywords[keyword]!);
  const [id, ...others] = found;
  if (id === undefined) throw new Refusal(`${btf.name}: no type of the name ${name} that has values`);
  if (others.length > 0) {
    const describe = (other: TypeId) => `[${other}] ${kindName(btf.kind(other))}`;
    writeError(
      `btfkit: ${describe(id)} is taken; --id for others of the name: ${others.map(describe).join(', ')}\n`,
    );
  }
  return id;
}

/** At most `length` bytes of a file, fewer where it ends. */
async function readData(path: string, offset: number, length: number): Promise<Uint8Array> {
  const { fileSource } = await import('../files.js');
  const source = fileSource(path);
  try {
    if (offset > source.size) throw new UsageError(`--offset ${offset}: ${path} ends at ${source.size}`);
    return source.read(offset, Math.min(length, source.size - offset));
  } finally {
    source.close();
  }
}

/** One line on why there is no value, with libbpf's name for it. */
async function problemOf(result: number, data: Uint8Array): Promise<string> {
  const { Errno } = await import('@btfkit/core/value');
  switch (result) {
    case Errno.E2BIG:
      return `the value goes on where the data ends, after ${data.length} bytes (E2BIG)`;
    case Errno.ENOTSUP:
      return 'types of this kind have no values (ENOTSUP)';
    default:
      return 'the type, or one in it, has no size or one that its kind cannot have (EINVAL)';
  }
}
