import { readFileSync } from 'node:fs';
import type { Btf } from '@btfkit/core/btf';
import { type ByteSource, FormatError } from '@btfkit/core/bytes';
import { Elf, isElf } from '@btfkit/core/elf';
import { type BtfIds, readBtfIds, resolveIds } from '@btfkit/core/ids';
import { loadBtf } from '@btfkit/core/input';
import { failureOf, Status, UsageError } from '../exit.js';
import { fileSource, type NewFile, patchFile, writeAllWhole } from '../files.js';
import { type Design, finish } from '../finish.js';
import { isAfter72 } from '../gen/kernel-version.js';
import { warningsOf } from '../ids-warnings.js';
import { writeError } from '../output.js';
import { parseResolveBtfids, type ResolveCall } from './resolve-btfids-arguments.js';

/** What its option parser and its main end with. */
const USAGE = 129;
const FAILED = 255;

const USAGE_TEXT = `
 Usage: resolve_btfids [<options>] <ELF object>
    or: resolve_btfids --patch_btfids <.BTF_ids file> <ELF object>

    -v, --verbose         say more
        --btf <file>      BTF to start from; writes <ELF object>.BTF and .BTF_ids (and .BTF.base), as from Linux 7.0
    -b, --btf_base <file> what the BTF stands on
        --distill_base    give it a base of its own, <ELF object>.BTF.base
        --fatal_warnings  end with an error where a WARN line was printed
        --patch_btfids <file>
                          put the file into .BTF_ids

`;

/**
 * Stands in for resolve_btfids in a kernel build. In the way of releases before 7.0 it fills `.BTF_ids` in, in place; a
 * second run changes nothing. With --btf, --distill_base or --fatal_warnings it is that of later releases, which leaves
 * the ELF file alone. Returns what the process is to end with.
 */
export async function resolveBtfids(args: readonly string[]): Promise<number> {
  let call: ResolveCall;
  try {
    call = parseResolveBtfids(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    writeError(`  Error: ${error.message}\n${USAGE_TEXT}`);
    return USAGE;
  }
  try {
    if (call.patch !== undefined) {
      patchIds(call.elf, call.patch);
      return Status.DONE;
    }
    const isRaw = call.btf !== undefined || call.distill || call.fatalWarnings;
    const warnings = isRaw ? await writeRaw(call) : await resolveInPlace(call);
    for (const line of warnings) writeError(`${line}\n`);
    return call.fatalWarnings && warnings.length > 0 ? FAILED : Status.DONE;
  } catch (error) {
    writeError(`FAILED: ${failureOf(error).message}\n`);
    return FAILED;
  }
}

/** `.BTF_ids`, and undefined for an ELF file without it or without symbols. */
function idsOf(path: string): { ids: BtfIds | undefined; offset: number; hasBase: boolean } {
  const source = fileSource(path);
  try {
    const elf = Elf.open(source);
    const ids = elf.symbols() === undefined ? undefined : readBtfIds(elf);
    const offset = ids === undefined ? 0 : elf.sections[ids.section]!.offset;
    return { ids, offset, hasBase: elf.section('.BTF.base') !== undefined };
  } finally {
    source.close();
  }
}

async function load(path: string, basePath: string | undefined, relocate: boolean): Promise<Btf> {
  const base = basePath === undefined ? undefined : await named('base BTF', basePath, undefined, true);
  return named('BTF', path, base, relocate);
}

/** Its errors are the line that builds and their users look for: of a failed pahole, often the first that is said. */
async function named(what: string, path: string, base: Btf | undefined, relocate: boolean): Promise<Btf> {
  const source = fileSource(path);
  try {
    if (isElfWithout(source, '.BTF')) writeError(`libbpf: failed to find '.BTF' ELF section in ${path}\n`);
    // Of what it stands on, as much as is looked at was checked when it was made.
    const references = base !== undefined || what === 'BTF';
    return (await loadBtf(source, { base, references, relocate })).btf;
  } catch (error) {
    const { message } = failureOf(error);
    const problem = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
    throw new FormatError(`load ${what} from ${path}: ${problem}`);
  } finally {
    source.close();
  }
}

function isElfWithout(source: ByteSource, section: string): boolean {
  return isElf(source.read(0, Math.min(source.size, 4))) && Elf.open(source).section(section) === undefined;
}

async function resolveInPlace({ elf, btf: other, base }: ResolveCall): Promise<string[]> {
  const { ids, offset, hasBase } = idsOf(elf);
  if (ids === undefined) return [];
  const btf = await load(other ?? elf, hasBase ? undefined : base, false);
  const resolved = resolveIds(ids, btf);
  if (Buffer.compare(resolved.bytes, ids.bytes) !== 0) patchFile(elf, offset, resolved.bytes);
  return warningsOf(resolved);
}

async function writeRaw({ elf, btf: other, base, distill }: ResolveCall): Promise<readonly string[]> {
  const { ids } = idsOf(elf);
  const btf = await load(other ?? elf, base, true);
  const design: Design = { raw: true, annotate: isAfter72(process.env.KERNELVERSION), distill };
  const done = finish(btf, ids, design);
  const files: NewFile[] = [{ path: `${elf}.BTF`, bytes: done.btf }];
  if (done.ids !== undefined) files.push({ path: `${elf}.BTF_ids`, bytes: done.ids });
  if (done.base !== undefined) files.push({ path: `${elf}.BTF.base`, bytes: done.base });
  writeAllWhole(files);
  return done.warnings;
}

function patchIds(path: string, content: string): void {
  const source = fileSource(path);
  let place: number;
  const bytes = readFileSync(content);
  try {
    const section = Elf.open(source).section('.BTF_ids');
    if (section === undefined) throw new FormatError(`section .BTF_ids not found in ${path}`);
    if (section.size !== bytes.length) {
      throw new FormatError(
        `size mismatch - .BTF_ids section in ${path} is ${section.size} bytes, ${content} is ${bytes.length} bytes`,
      );
    }
    place = section.offset;
  } finally {
    source.close();
  }
  patchFile(path, place, bytes);
}
