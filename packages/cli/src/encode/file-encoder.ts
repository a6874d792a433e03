import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Btf, countTypes } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { distill } from '@btfkit/core/distill';
import type { Elf } from '@btfkit/core/elf';
import { BaseTypes, type EncodeOptions, Encoder, type Feature, type UnitWorkers } from '@btfkit/core/encode';
import { readBtfIds } from '@btfkit/core/ids';
import { openInput } from '@btfkit/core/input';
import { checkEmbeddable, embedded } from '../embed.js';
import { type Failure, failureOf, isBrokenPipe, Refusal } from '../exit.js';
import { fileSource, type NewFile, writeAllWhole } from '../files.js';
import { type Finished, type FinishSettings, finish, type Step } from '../finish.js';
import { loadBases } from '../inputs.js';
import { type CachePlace, keep, readKept } from './base-cache.js';
import { beforeResolving, filesOf } from './finished-file.js';
import type { Job } from './output-paths.js';

/** How to encode, for all files of a run. Plain data: threads get it as it is. */
export interface FileSettings {
  /** Inputs that the results stand on, the lowest first. */
  readonly base: readonly string[];
  /** Where the base may be kept from call to call. */
  readonly cache: CachePlace | undefined;
  readonly excludedLanguages: ReadonlySet<number>;
  readonly features: ReadonlySet<Feature>;
  /** Write the distilled base too, at the output's path with `.base` added. */
  readonly distill: boolean;
  /** The output is the input with the BTF in it. */
  readonly embed: boolean;
  /** The whole stage of a kernel build: what follows encoding, `.BTF_ids` included. Then `distill` and `embed` are false. */
  readonly finish?: FinishSettings | undefined;
}

/** A file that was encoded and written. */
export interface Encoded {
  readonly units: number;
  readonly types: number;
  readonly bytes: number;
  /** What was left out, a line each. */
  readonly notes: readonly string[];
  /** Of the whole stage: what resolve_btfids would warn of, and the files that were written. */
  readonly warnings?: readonly string[];
  readonly written?: readonly string[];
}

/** A file that could not be encoded, and at which step. */
export interface FileFailure extends Failure {
  readonly step: Step;
}

export interface FileOptions extends Pick<EncodeOptions, 'progress'> {
  /** Threads for a file that they can open by themselves, and read piece by piece. */
  readonly workers?: ((path: string, elf: Elf) => UnitWorkers | undefined) | undefined;
}

/** Encodes file after file, with the base loaded once. */
export class FileEncoder {
  private readonly base: BaseTypes | undefined;
  private readonly encoder: Encoder;
  private readonly settings: FileSettings;
  /** At which step of a file it is. */
  private step: Step = 'encode';

  /** FormatError and system errors of the base. */
  static async open(settings: FileSettings): Promise<FileEncoder> {
    return new FileEncoder(settings, await openBase(settings));
  }

  private constructor(settings: FileSettings, base: BaseTypes | undefined) {
    this.settings = settings;
    this.base = base;
    this.encoder = new Encoder(base);
  }

  /** Errors of this file are in the result; others can follow it. */
  async tryEncode(job: Job, options?: FileOptions): Promise<Encoded | FileFailure> {
    try {
      this.step = 'encode';
      return await this.encode(job, options);
    } catch (error) {
      if (isBrokenPipe(error)) throw error;
      return { ...failureOf(error), step: this.step };
    }
  }

  private async encode(job: Job, options: FileOptions = {}): Promise<Encoded> {
    const { files, encoded } = await this.make(job, options);
    this.step = 'write';
    // The input is closed by now: not every system lets an open file be replaced.
    writeAllWhole(files);
    return encoded;
  }

  private async make(
    { input, output }: Job,
    { workers, progress }: FileOptions,
  ): Promise<{ files: NewFile[]; encoded: Encoded }> {
    const source = fileSource(input);
    const { embed, finish } = this.settings;
    try {
      const opened = await openInput(source);
      const { elf, via } = opened;
      if (elf === undefined) throw new FormatError('no ELF file, which DWARF could be in', { file: input });
      if (embed || finish?.place === 'in place') checkEmbeddable(input, opened);
      let units = 0;
      const notes: string[] = [];
      const linked = finish === undefined ? elf : await beforeResolving(elf, () => this.base?.btf());
      const encoded = await this.encoder.encode(linked, {
        excludedLanguages: this.settings.excludedLanguages,
        features: this.settings.features,
        workers: via.length === 0 ? workers?.(input, elf) : undefined,
        note: text => notes.push(text),
        progress: now => {
          units = now.units;
          progress?.(now);
        },
      });
      const counts = { units, types: countTypes(encoded), notes };
      if (finish !== undefined) {
        const done = await this.finished(linked, encoded, finish);
        this.step = 'embed';
        const files = filesOf({ input, output }, elf, done, finish.place);
        const written = files.map(({ path }) => path);
        const { btf, warnings } = done;
        return { files, encoded: { ...counts, bytes: btf.length, warnings, written } };
      }
      const { split, base } = await this.distilled(encoded);
      const files = embed ? [embedded(input, elf, { btf: split, base })] : filesBeside(output, split, base);
      return { files, encoded: { ...counts, bytes: split.length } };
    } finally {
      source.close();
    }
  }

  /** The BTF, with a base of its own where that is wanted. */
  private async distilled(encoded: Uint8Array): Promise<{ split: Uint8Array; base?: Uint8Array }> {
    if (!this.settings.distill || this.base === undefined) return { split: encoded };
    const base = await this.base.btf();
    return distill(Btf.parse(encoded, { base, references: false }));
  }

  private async finished(elf: Elf, encoded: Uint8Array, settings: FinishSettings): Promise<Finished> {
    const base = await this.base?.btf();
    const enter = (step: Step) => {
      this.step = step;
    };
    enter('resolve ids');
    const ids = elf.symbols() === undefined ? undefined : readBtfIds(elf);
    const btf = Btf.parse(encoded, { base, name: elf.source.name, references: false });
    const done = finish(btf, ids, settings, enter);
    if (settings.fatalWarnings && done.warnings.length > 0)
      throw new Refusal(`${elf.source.name}: ${done.warnings.join('; ')}`);
    return done;
  }
}

function filesBeside(output: string, btf: Uint8Array, base: Uint8Array | undefined): NewFile[] {
  if (output !== '-') mkdirSync(dirname(output), { recursive: true });
  const file = { path: output, bytes: btf };
  return base === undefined ? [file] : [{ path: `${output}.base`, bytes: base }, file];
}

async function openBase({ base, cache }: FileSettings): Promise<BaseTypes | undefined> {
  if (base.length === 0) return undefined;
  let again: Promise<Btf> | undefined;
  // Its references were checked before it was kept.
  const btf = () => {
    again ??= loadBase(base, false);
    return again;
  };
  const kept = cache && readKept(cache, btf);
  if (kept !== undefined) return kept;
  const types = BaseTypes.of(await loadBase(base, true));
  if (cache !== undefined) keep(cache, types);
  return types;
}

async function loadBase(layers: readonly string[], references: boolean): Promise<Btf> {
  return (await loadBases(layers, { references }))!;
}
