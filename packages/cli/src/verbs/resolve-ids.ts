import type { Btf } from '@btfkit/core/btf';
import type { Elf } from '@btfkit/core/elf';
import type { BtfIds, ResolvedIds } from '@btfkit/core/ids';
import type { Command } from 'commander';
import { Refusal, UsageError } from '../exit.js';
import { warningsOf } from '../ids-warnings.js';
import { addBaseOption, type InputOptions } from '../options.js';
import { asText, writeError } from '../output.js';

interface ResolveIdsOptions extends InputOptions {
  readonly btf?: string;
  readonly distill?: true;
  readonly fatalWarnings?: true;
  readonly inPlace?: true;
  readonly outPrefix?: string;
  readonly json?: true;
}

export function define(program: Command): void {
  const verb = program
    .command('resolve-ids')
    .description('fill the type ids of .BTF_ids in, as resolve_btfids does')
    .argument('<elf>', 'a vmlinux, module or object with .BTF_ids and its symbols')
    .option('--btf <file>', "BTF to look names up in, instead of the file's own")
    .option('--distill', "look them up in the BTF's distilled form, and write that as well")
    .option('--fatal-warnings', 'refuse names that no type has, or several')
    .option('--in-place', 'write the ids into the file')
    .option('--out-prefix <prefix>', 'write PREFIX.BTF_ids (default: the path of the file)')
    .option('--json', 'one JSON document: ids and sets, what was not found, the files written');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Sets are sorted by id, the flags of set8 pairs move along. A second run changes nothing. A file without .BTF_ids is left
alone. An ELF file with .BTF.base is looked up in on that, whatever --base says.

Examples:
  $ btfkit resolve-ids vmlinux --in-place
  $ btfkit resolve-ids nf_nat.ko --base vmlinux --in-place
  $ btfkit resolve-ids driver.ko --base vmlinux --distill --out-prefix out/driver.ko`,
    )
    .action(run);
}

async function run(path: string, options: ResolveIdsOptions): Promise<void> {
  if (options.inPlace && (options.outPrefix !== undefined || options.distill)) {
    throw new UsageError('--in-place writes the ids alone: without --out-prefix and --distill');
  }
  if (path === '-' && options.outPrefix === undefined)
    throw new UsageError('standard input wants --out-prefix');
  const [{ fileSource }, { checkPlaces }, { locate }, { Elf }, { readBtfIds, resolveIds }] =
    await Promise.all([
      import('../files.js'),
      import('../places.js'),
      import('@btfkit/core/bytes'),
      import('@btfkit/core/elf'),
      import('@btfkit/core/ids'),
    ]);
  const endings = options.inPlace ? [] : options.distill ? ['.BTF', '.BTF.base', '.BTF_ids'] : ['.BTF_ids'];
  const outputs = endings.map(ending => `${options.outPrefix ?? path}${ending}`);
  checkPlaces({ inputs: [path, options.btf, ...(options.base ?? [])], outputs });
  const source = fileSource(path);
  try {
    const elf = Elf.open(source);
    const ids = readBtfIds(elf);
    if (ids === undefined || ids.ids.length + ids.sets.length === 0) {
      if (options.json) (await import('../output.js')).writeJson({ input: path, ...NOTHING });
      return;
    }
    const { btf, files } = await lookedUpIn(path, elf, options);
    const resolved = locate({ file: path }, () => resolveIds(ids, btf));
    const refusal = warn(resolved, options);
    const written = refusal === undefined ? await write(path, elf, ids, resolved, files, options) : [];
    if (options.json) {
      const { unresolved, multiple } = resolved;
      const counts = { ids: ids.ids.length, sets: ids.sets.length };
      (await import('../output.js')).writeJson({
        input: path,
        ...counts,
        unresolved,
        multiple,
        files: written,
      });
    }
    if (refusal !== undefined) throw refusal;
  } finally {
    source.close();
  }
}

const NOTHING = { ids: 0, sets: 0, unresolved: [], multiple: [], files: [] };

/** The BTF that names are looked up in, and what else is to be written, by the ending of its file. */
async function lookedUpIn(
  path: string,
  elf: Elf,
  { base, btf, distill }: ResolveIdsOptions,
): Promise<{ btf: Btf; files: Map<string, Uint8Array> }> {
  const { loadInput } = await import('../inputs.js');
  const own = elf.section('.BTF.base') !== undefined;
  const found = await loadInput(btf ?? path, { base: own ? [] : base, asTheyAre: true });
  if (!distill || own) return { btf: found, files: new Map() };
  if (found.base === null)
    throw new UsageError('--distill wants split BTF: name what it stands on with --base');
  const [{ distill: distilled }, { Btf: Blob }, { orRefusal }] = await Promise.all([
    import('@btfkit/core/distill'),
    import('@btfkit/core/btf'),
    import('../refusal.js'),
  ]);
  const made = await orRefusal(() => distilled(found));
  const files = new Map([
    ['.BTF', made.split],
    ['.BTF.base', made.base],
  ]);
  return { btf: Blob.parse(made.split, { base: Blob.parse(made.base) }), files };
}

/** Says what the warnings are, and returns the refusal where they are not to be lived with. */
function warn(resolved: ResolvedIds, { fatalWarnings }: ResolveIdsOptions): Refusal | undefined {
  const warnings = warningsOf(resolved);
  writeError(asText(warnings));
  if (!fatalWarnings || warnings.length === 0) return undefined;
  const count = `${warnings.length} warning${warnings.length === 1 ? '' : 's'}`;
  return new Refusal(`${count}, and --fatal-warnings: nothing is written`);
}

async function write(
  path: string,
  elf: Elf,
  ids: BtfIds,
  { bytes }: ResolvedIds,
  files: ReadonlyMap<string, Uint8Array>,
  { inPlace, outPrefix }: ResolveIdsOptions,
): Promise<string[]> {
  if (inPlace) {
    const { patchFile } = await import('../files.js');
    patchFile(path, elf.sections[ids.section]!.offset, bytes);
    return [path];
  }
  const { writeAllWhole } = await import('../files.js');
  const prefix = outPrefix ?? path;
  const outputs = [...files, ['.BTF_ids', bytes] as const].map(([ending, content]) => ({
    path: `${prefix}${ending}`,
    bytes: content,
  }));
  writeAllWhole(outputs);
  return outputs.map(output => output.path);
}
