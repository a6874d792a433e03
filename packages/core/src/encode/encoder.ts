import type { Btf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { DebugInfo, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { BaseTypes } from './base-types.js';
import { finish } from './finish.js';
import { CrossesUnits } from './foreign.js';
import { functionSymbols } from './functions.js';
import { Names } from './names.js';
import { Part } from './part.js';
import { Store } from './store.js';

export interface EncodeOptions {
  /** DW_LANG_* whose units are left out (see LANGUAGES in dwarf). */
  readonly excludedLanguages?: ReadonlySet<number> | undefined;
  /** Told from time to time how many bytes of DWARF were read, and of how many. */
  readonly progress?: ((done: number, all: number) => void) | undefined;
}

/**
 * Encodes the DWARF of ELF files as BTF: self-contained, or split on a base that is loaded once and serves any
 * number of modules.
 */
export class Encoder {
  private readonly names = new Names();
  private readonly store = new Store();
  private readonly base: BaseTypes | undefined;

  /** FormatError for a base whose types are made of themselves. */
  constructor(base?: Btf) {
    if (base !== undefined) this.base = new BaseTypes(base, this.store, this.names);
  }

  /**
   * The BTF of one file, in its byte order, with a 24-byte header. The same bytes for the same input, always.
   * FormatError for a file without DWARF, for malformed DWARF, and for types that BTF cannot say.
   */
  async encode(elf: Elf, options: EncodeOptions = {}): Promise<Uint8Array> {
    const info = await DebugInfo.open(elf);
    const units = info.units();
    if (units.length === 0) {
      throw new FormatError('no DWARF here: compile with -g', { file: elf.source.name, section: '.debug_info' });
    }
    try {
      const part = this.read(info, elf, units, options);
      return finish(part, elf.littleEndian, elf.is64 ? 8 : 4, this.base);
    } finally {
      this.forget();
    }
  }

  private read(info: DebugInfo, elf: Elf, units: readonly Unit[], options: EncodeOptions): Part {
    const all = units.reduce((sum, unit) => sum + unit.end - unit.start, 0);
    const open = () => {
      let done = 0;
      const part = new Part(info, elf, this.names, this.store);
      return {
        part,
        options: {
          excludedLanguages: options.excludedLanguages ?? new Set<number>(),
          functions: functionSymbols(elf, this.names),
          progress: (bytes: number) => {
            done += bytes;
            options.progress?.(done, all);
          },
        },
      };
    };
    const alone = open();
    try {
      alone.part.readAlone(units, alone.options);
      return alone.part;
    } catch (error) {
      if (!(error instanceof CrossesUnits)) throw error;
    }
    this.forget();
    const together = open();
    together.part.readTogether(units, together.options);
    return together.part;
  }

  /** Back to the base alone. */
  private forget(): void {
    this.store.rollback(this.base?.nodeCount ?? 1);
    this.names.rollback(this.base?.nameCount ?? 1);
  }
}
