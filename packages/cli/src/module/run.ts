import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '@btfkit/core/bytes';
import type { Elf } from '@btfkit/core/elf';
import { btfSections, openInput } from '@btfkit/core/input';
import { releaseOf as ownRelease } from '@btfkit/core/kbuild';
import {
  ModuleChecker,
  type ModuleReport,
  nameOfFile,
  parseConfig,
  parseKallsyms,
  parseSymvers,
  readModule,
} from '@btfkit/core/module';
import { NEWEST_RELEASE, RELEASES, releaseOf } from '@btfkit/core/verify';
import { failureOf, Reported, Status, say, UsageError } from '../exit.js';
import { fileSource } from '../files.js';
import { inlineLess } from '../optimizer.js';
import { writeError, writeJson, writeOut } from '../output.js';
import type { ModuleCheckOptions } from './options.js';
import { textOf } from './text.js';

/** A row of the JSON; `error` where the file could not be read. */
export interface ModuleRow extends ModuleReport {
  readonly input: string;
  readonly error?: string;
}

/** Checks each module, says so, and ends with the status of the worst. */
export async function checkModules(paths: readonly string[], options: ModuleCheckOptions): Promise<void> {
  inlineLess();
  const kernel = await Kernel.open(options);
  const rows: ModuleRow[] = [];
  for (const path of paths.flatMap(modulesUnder)) {
    const row = await rowOf(path, kernel);
    if (row.error !== undefined) say({ message: row.error, status: Status.INPUT });
    else if (!options.json) writeOut(textOf(row));
    rows.push(row);
  }
  if (options.json) writeJson({ modules: rows });
  if (rows.some(({ error }) => error !== undefined)) throw new Reported(Status.INPUT);
  if (!rows.every(isWell)) throw new Reported(Status.NO);
}

async function rowOf(input: string, kernel: Kernel): Promise<ModuleRow> {
  try {
    return { input, ...(await kernel.check(input)) };
  } catch (error) {
    const { status, message } = failureOf(error);
    if (status !== Status.INPUT) throw error;
    return { input, ...UNREAD, name: nameOfFile(input), error: message };
  }
}

const UNREAD: Omit<ModuleReport, 'name'> = {
  loads: false,
  btf: { accepted: false, errno: 0, dmesg: [] },
  kfuncSets: [],
  structOps: [],
  dtors: [],
  mismatch: null,
  notes: [],
};

function isWell({ loads, btf, kfuncSets, structOps, dtors, mismatch, notes }: ModuleRow): boolean {
  const registers = [...kfuncSets, ...structOps].every(({ errno }) => errno === 0) && dtors.length === 0;
  const keepsBtf = btf.accepted || notes.includes('the module has no BTF');
  return loads && registers && keepsBtf && mismatch === null;
}

/** The modules in a folder and the folders in it, in the order of their paths; a file is itself. */
function modulesUnder(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const modules = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.ko(\.(xz|zst|gz))?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  if (modules.length === 0) throw new FormatError('no modules in this folder', { file: path });
  return modules;
}

/** The kernel that modules are checked against; its rules are those of the module's release where its own is not known. */
class Kernel {
  private readonly options: ModuleCheckOptions;
  private readonly btf: Uint8Array;
  private readonly symvers: ReadonlyMap<string, number> | undefined;
  private readonly symbols: ReadonlySet<string> | undefined;
  private readonly config: ReadonlyMap<string, string> | undefined;
  private readonly release: string | undefined;
  /** What the user says, or the kernel's file. */
  private readonly version: string | undefined;
  /** By release. */
  private readonly checkers = new Map<string, ModuleChecker>();

  private constructor(options: ModuleCheckOptions, btf: Uint8Array, own: string | undefined) {
    this.options = options;
    this.btf = btf;
    this.version = options.kernelVersion ?? own;
    this.symvers = read(options.symvers, parseSymvers, 'no line of a Module.symvers');
    this.symbols = read(
      options.kallsyms,
      parseKallsyms,
      'no symbols as /proc/kallsyms and System.map have them',
    );
    this.config = read(options.config, parseConfig, 'no CONFIG_ option is set');
    const { kernelVersion } = options;
    if (kernelVersion === undefined) {
      this.release = own === undefined ? undefined : releaseOf(own);
      return;
    }
    this.release = releaseOf(kernelVersion);
    if (this.release === undefined) {
      throw new UsageError(
        `--kernel-version ${kernelVersion}: no release of Linux with BTF, which are ${RELEASES[0]} to ${NEWEST_RELEASE}`,
      );
    }
    if (!kernelVersion.replace(/^v/, '').startsWith(this.release)) {
      writeError(`btfkit: Linux ${kernelVersion} is not known yet, ${this.release} is the newest that is\n`);
    }
  }

  static async open(options: ModuleCheckOptions): Promise<Kernel> {
    const source = fileSource(options.kernel);
    try {
      const input = await openInput(source);
      const { btf } = await btfSections(input);
      return new Kernel(options, btf, input.elf && releaseIn(input.elf));
    } finally {
      source.close();
    }
  }

  async check(path: string): Promise<ModuleReport> {
    const source = fileSource(path);
    try {
      const { elf } = await openInput(source);
      if (elf === undefined) throw new FormatError('no ELF file, a module is wanted', { file: path });
      const release = this.release ?? releaseOf(readModule(elf).modinfo.get('vermagic')?.[0] ?? '');
      return this.checkerOf(release ?? NEWEST_RELEASE).check(elf);
    } finally {
      source.close();
    }
  }

  private checkerOf(release: string): ModuleChecker {
    const known = this.checkers.get(release);
    if (known !== undefined) return known;
    const { symvers, symbols, config, options } = this;
    const allowMismatch = options.allowBtfMismatch ?? config?.get('MODULE_ALLOW_BTF_MISMATCH') === 'y';
    const facts = { release, version: this.version, symvers, symbols, config, allowMismatch };
    const checker = new ModuleChecker(this.btf, facts);
    this.checkers.set(release, checker);
    return checker;
  }
}

/** What the file of a kernel says of itself; undefined where that cannot be read, which is of no weight here. */
function releaseIn(elf: Elf): string | undefined {
  try {
    return ownRelease(elf);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** What a text file has; undefined where none is named. Throws FormatError where nothing is in it. */
function read<T extends { readonly size: number }>(
  path: string | undefined,
  parse: (text: string) => T,
  lacks: string,
): T | undefined {
  if (path === undefined) return undefined;
  const source = fileSource(path);
  try {
    const found = parse(new TextDecoder().decode(source.read(0, source.size)));
    if (found.size === 0) throw new FormatError(lacks, { file: path });
    return found;
  } finally {
    source.close();
  }
}
