import { type Btf, kindName, type TypeId } from '@btfkit/core/btf';
import { Layouts } from '@btfkit/core/layout';
import { writeJsonRows } from '../chunks.js';
import { Refusal, UsageError } from '../exit.js';
import { loadInput } from '../inputs.js';
import { asText, writeError, writeOut } from '../output.js';
import { colourComments, hasColours } from './colours.js';
import type { LayoutVerbOptions } from './options.js';

export async function runLayout(input: string, names: string[], options: LayoutVerbOptions): Promise<void> {
  const { base, cacheline, expand, pointerSize } = options;
  // What is looked at is checked then.
  const btf = await loadInput(input, { base, references: false });
  const layouts = new Layouts(btf, { cacheline, expand, pointerSize });
  const ids = selected(btf, layouts, names, options.id ?? []);
  if (options.contains !== undefined) {
    const [id] = existing(btf, layouts, options.contains);
    const rows = layouts.containers(id!);
    write(only(rows, ids), row => `${row.name}\n`, options);
  } else if (ids !== undefined) writeTypes(btf, layouts, ids, options);
  else if (options.reorganize) throw new UsageError('--reorganize needs a name');
  else if (options.packable) {
    write(layouts.packable(), row => `${row.name}\t${row.size}\t${row.packedSize}\t${row.saved}\n`, options);
  } else if (options.sizes) {
    write(layouts.sizes(), row => `${row.name}\t${row.size}\t${row.holes}\n`, options);
  } else if (options.json)
    writeJsonRows(
      'types',
      mapped(layouts.all(), ({ id }) => layouts.describe(id)),
    );
  else write(layouts.all(), ({ id }) => layouts.print(id), options);
}

/** Undefined where all are meant. */
function selected(btf: Btf, layouts: Layouts, names: string[], byId: number[]): TypeId[] | undefined {
  if (names.length === 0 && byId.length === 0) return undefined;
  for (const id of byId) {
    if (id === 0 || id >= btf.endId)
      throw new Refusal(`${btf.name}: no type [${id}], ids end at ${btf.endId - 1}`);
    if (!layouts.isDefinition(id))
      throw new Refusal(`${btf.name}: type ${labelOf(btf, id)} is no struct, union, enum or typedef`);
  }
  const byName = names.map(name => {
    const [first, ...others] = existing(btf, layouts, name);
    if (others.length > 0) {
      const list = others.map(id => labelOf(btf, id)).join(', ');
      writeError(asText([`btfkit: ${name} is ${labelOf(btf, first!)}; of the same name, for --id: ${list}`]));
    }
    return first!;
  });
  return [...byId, ...byName];
}

function existing(btf: Btf, layouts: Layouts, name: string): TypeId[] {
  const ids = layouts.named(name);
  if (ids.length > 0) return ids;
  const isDeclared = btf.findAll(name).some(id => kindName(btf.kind(id)) === 'FWD');
  const but = isDeclared ? ': it is only declared' : '';
  throw new Refusal(`${btf.name}: no struct, union, enum or typedef of the name ${name}${but}`);
}

function labelOf(btf: Btf, id: TypeId): string {
  return `[${id}] ${kindName(btf.kind(id))}`;
}

function writeTypes(btf: Btf, layouts: Layouts, ids: TypeId[], options: LayoutVerbOptions): void {
  if (options.json) {
    const describe = (id: TypeId) => {
      const type = layouts.describe(id);
      const proposal = options.reorganize && layouts.describeReorganized(id);
      return proposal ? { ...type, reorganized: proposal } : type;
    };
    writeJsonRows('types', mapped(ids, describe));
    return;
  }
  if (options.packable)
    writeError('btfkit: --packable is for all structs, and makes no difference to names\n');
  const show = hasColours() ? colourComments : (text: string) => text;
  for (const id of ids) {
    if (options.reorganize) {
      const text = layouts.printReorganized(id);
      if (text === '')
        writeError(`btfkit: ${labelOf(btf, id)} is no struct, there is nothing to reorganize\n`);
      writeOut(show(text));
    } else if (options.sizes) {
      const { size, holes } = layouts.sizeOf(id);
      writeOut(`${btf.typeName(id)}\t${size}\t${holes}\n\n`);
    } else writeOut(show(`${layouts.print(id)}\n`));
  }
}

function* mapped<T, U>(rows: Iterable<T>, map: (row: T) => U): Generator<U> {
  for (const row of rows) yield map(row);
}

function* only<T extends { id: TypeId }>(rows: Iterable<T>, ids: TypeId[] | undefined): Generator<T> {
  for (const row of rows) if (ids === undefined || ids.includes(row.id)) yield row;
}

const CHUNK = 1 << 16;

/** A list as text, in big pieces, or as JSON. */
function write<T>(rows: Iterable<T>, textOf: (row: T) => string, { json }: LayoutVerbOptions): void {
  if (json) {
    writeJsonRows('types', rows);
    return;
  }
  const show = hasColours() ? colourComments : (text: string) => text;
  let text = '';
  for (const row of rows) {
    text += show(textOf(row));
    if (text.length < CHUNK) continue;
    writeOut(text);
    text = '';
  }
  writeOut(text);
}
