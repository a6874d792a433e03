import { Btf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { DebugInfo, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { absorb } from './absorb.js';
import { BaseTypes } from './base-types.js';
import { DEFAULT_FEATURES, type Feature } from './features.js';
import { finish } from './finish.js';
import { CrossesUnits } from './foreign.js';
import { Names } from './names.js';
import { Part, type PartSettings } from './part.js';
import { Store } from './store.js';
import { readSymbols } from './symbols.js';
import { byteSizeOf, splitUnits, type UnitWorkers } from './threads.js';

/** How far an encoder is with a file. */
export interface Progress {
  readonly units: number;
  readonly allUnits: number;
  /** Bytes of `.debug_info`. */
  readonly bytes: number;
  readonly allBytes: number;
}

export interface EncodeOptions {
  /** DW_LANG_* whose units are left out (see LANGUAGES in dwarf). */
  readonly excludedLanguages?: ReadonlySet<number> | undefined;
  /** What to encode; DEFAULT_FEATURES unless said. */
  readonly features?: ReadonlySet<Feature> | undefined;
  /** Threads that take a share of the units. The result is the same with any number of them. */
  readonly workers?: UnitWorkers | undefined;
  /** Told in a line of what is not encoded and may be missed. */
  readonly note?: ((text: string) => void) | undefined;
  /** Called after each unit, and when a thread brings its share. */
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/**
 * Encodes the DWARF of ELF files as BTF: self-contained, or split on a base that is loaded once and serves any
 * number of modules. One file at a time: wait for a file before the next.
 */
export class Encoder {
  private names: Names;
  private store: Store;
  private readonly base: BaseTypes | undefined;

  /** FormatError for a base whose types are made of themselves. */
  constructor(base?: Btf | BaseTypes) {
    this.base = base instanceof Btf ? BaseTypes.of(base) : base;
    this.names = this.base?.names ?? new Names();
    this.store = this.base?.store ?? new Store();
  }

  /**
   * The BTF of one file, in its byte order, with a 24-byte header. The same bytes for the same input, always.
   * FormatError for a file without DWARF, for malformed DWARF, and for types that BTF cannot say.
   */
  async encode(elf: Elf, options: EncodeOptions = {}): Promise<Uint8Array> {
    const { info, units } = await openUnits(elf);
    const features = options.features ?? DEFAULT_FEATURES;
    const settings: PartSettings = {
      excludedLanguages: options.excludedLanguages ?? new Set(),
      features,
      symbols: readSymbols(elf, features),
    };
    const file = new UnitReader(info, elf, units, settings, options.progress);
    try {
      const part = await this.read(file, options.workers);
      return await finish(part, elf, this.base, options.note ?? (() => {}));
    } finally {
      this.forget();
    }
  }

  private async read(file: UnitReader, workers: UnitWorkers | undefined): Promise<Part> {
    if (file.isLinked) return file.readTogether(this.names, this.store);
    try {
      if (workers !== undefined && workers.count > 0) {
        const part = await file.readInThreads(this.names, this.store, workers);
        if (part !== undefined) return part;
        this.forget();
      }
      return file.readAlone(this.names, this.store);
    } catch (error) {
      if (!(error instanceof CrossesUnits)) throw error;
    }
    this.forget();
    return file.readTogether(this.names, this.store);
  }

  /** Back to the base alone. */
  private forget(): void {
    const { base } = this;
    if (base === undefined) {
      this.store = new Store();
      this.names = new Names();
    } else {
      this.store.rollback(base.nodeCount);
      this.names.rollback(base.nameCount);
    }
  }
}

/** The DWARF of a file. FormatError without any. */
export async function openUnits(elf: Elf): Promise<{ readonly info: DebugInfo; readonly units: Unit[] }> {
  const info = await DebugInfo.open(elf);
  const units = info.units();
  if (units.length === 0) {
    throw new FormatError('no DWARF here: compile with -g', {
      file: elf.source.name,
      section: '.debug_info',
    });
  }
  return { info, units };
}

/** The ways to read the units of a file. */
class UnitReader {
  private readonly info: DebugInfo;
  private readonly elf: Elf;
  private readonly units: readonly Unit[];
  private readonly settings: PartSettings;
  private readonly progress: EncodeOptions['progress'];
  private readonly allBytes: number;

  constructor(
    info: DebugInfo,
    elf: Elf,
    units: readonly Unit[],
    settings: PartSettings,
    progress: EncodeOptions['progress'],
  ) {
    this.info = info;
    this.elf = elf;
    this.units = units;
    this.settings = settings;
    this.progress = progress;
    this.allBytes = byteSizeOf(units);
  }

  /** Is it clear from the beginning that its units refer to each other? */
  get isLinked(): boolean {
    return this.info.linked === true;
  }

  readAlone(names: Names, store: Store): Part {
    const part = this.open(names, store);
    part.readAlone(this.units, this.counter());
    return part;
  }

  readTogether(names: Names, store: Store): Part {
    const part = this.open(names, store);
    part.readTogether(this.units, this.counter());
    return part;
  }

  /** `undefined` when a thread cannot read its share by itself. Errors in the first range are thrown as they are. */
  async readInThreads(names: Names, store: Store, workers: UnitWorkers): Promise<Part | undefined> {
    const [own, ...others] = splitUnits(this.units, 1 + workers.count);
    const shares = others.map(units => {
      const from = units[0]!.index;
      const share = workers.read({ ...this.settings, from, to: from + units.length });
      // Looked at later, or never when this thread fails first.
      share.catch(() => {});
      return { units, share };
    });
    const count = this.counter();
    const part = this.open(names, store);
    part.readAlone(own!, count);
    for (const { units, share } of shares) {
      const data = await share;
      if (data === undefined) return undefined;
      absorb(part, data);
      units.forEach(count);
    }
    return part;
  }

  private open(names: Names, store: Store): Part {
    return new Part(this.info, this.elf, names, store, this.settings);
  }

  private counter(): (unit: Unit) => void {
    let units = 0;
    let bytes = 0;
    return unit => {
      units++;
      bytes += unit.end - unit.start;
      this.progress?.({ units, bytes, allUnits: this.units.length, allBytes: this.allBytes });
    };
  }
}
