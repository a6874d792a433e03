import { assemble, Btf, Kind } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { DebugInfo, DieReader, Shapes, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { Annotations } from './annotations.js';
import { Fn, Functions } from './functions.js';
import { Interner } from './interner.js';
import { Names, NameTokens } from './names.js';
import { DirectIndex } from './offset-index.js';
import { Output } from './output.js';
import { Scanner } from './scanner.js';
import { Store } from './store.js';
import { UnitTypes } from './unit-types.js';
import { PERCPU_SECTION, Variables } from './variables.js';

export interface EncodeOptions {
  readonly excludedLanguages?: ReadonlySet<number> | undefined;
}

export interface Encoded {
  readonly bytes: Uint8Array;
  readonly notes: readonly string[];
}
const STT_FUNC = 2;

export class Encoder {
  readonly names = new Names();
  readonly store = new Store();
  private readonly shapes = new Shapes();
  log = new Int32Array(1 << 20);
  logUsed = 0;
  logStart: number[] = [];

  async encode(elf: Elf, options: EncodeOptions = {}): Promise<Encoded> {
    const info = await DebugInfo.open(elf);
    const units = info.units();
    if (units.length === 0) throw new FormatError('no DWARF: .debug_info is missing or empty', { file: elf.source.name });
    const functions = new Functions();
    functions.want(this.functionSymbols(elf), this.names.count);
    const variables = new Variables(elf, this.names);
    const reader = new DieReader(info, this.shapes);
    const types = new UnitTypes();
    const index = new DirectIndex();
    const annotations = new Annotations(this.names);
    const tokens = new NameTokens(this.names, info.str);
    const scanner = new Scanner(reader, {
      types,
      index,
      names: this.names,
      tokens,
      functions,
      variables,
      annotations,
      excludedLanguages: options.excludedLanguages ?? new Set(),
      foreign: undefined,
      offsetBase: () => 0,
    });
    const interner = new Interner(types, index, this.store, this.names, tokens);
    for (const unit of units) {
      types.reset();
      functions.ofUnit.reset();
      annotations.reset();
      index.reset(unit.end - unit.start);
      if (!scanner.scan(unit)) continue;
      this.internUnit(unit, info, interner, types);
      functions.settle(unit.index, 0, functions.ofUnit.count, r => interner.nodeOfReference(r));
      variables.settle(unit.index, r => interner.nodeOfReference(r));
    }
    return this.finish(elf, functions, variables);
  }

  private functionSymbols(elf: Elf): Set<number> {
    const names = new Set<number>();
    const table = elf.symbols();
    if (table === undefined) return names;
    for (let i = 1; i < table.length; i++) {
      if ((table.info[i]! & 0xf) !== STT_FUNC || table.nameOffset[i]! >= table.strings.length) continue;
      names.add(this.names.intern(table.strings, table.nameOffset[i]!));
    }
    return names;
  }

  private internUnit(unit: Unit, info: DebugInfo, interner: Interner, types: UnitTypes): void {
    interner.begin(0, { file: info.file, section: unit.section, base: unit.start });
    this.logStart[unit.index] = this.logUsed;
    if (this.logUsed + types.count > this.log.length) {
      const log = new Int32Array(Math.max(this.log.length * 2, this.logUsed + types.count));
      log.set(this.log);
      this.log = log;
    }
    for (let row = 0; row < types.count; row++) {
      const node = types.declaration[row] === 1 ? interner.nodeOf(row) : interner.definitionOf(row);
      this.log[this.logUsed++] = node;
    }
  }

  private finish(elf: Elf, functions: Functions, variables: Variables): Encoded {
    const { store, names } = this;
    const { all } = functions;
    const chosen: { name: number; proto: number; flags: number }[] = [];
    for (let row = 0; row < all.count; row++) {
      if (all.flags[row]! & Fn.inconsistent) continue;
      const count = all.first[row + 1]! - all.first[row]!;
      const variadic = all.flags[row]! & Fn.variadic ? 1 : 0;
      store.begin(0, (Kind.FUNC_PROTO << 24) | (count + variadic), all.result[row]!, 2 * (count + variadic));
      for (let i = all.first[row]!; i < all.first[row + 1]!; i++) {
        store.push(all.parameterName[i]!);
        store.push(all.parameterType[i]!);
      }
      if (variadic) {
        store.push(0);
        store.push(0);
      }
      chosen.push({ name: all.name[row]!, proto: store.finish(), flags: all.flags[row]! });
    }
    const output = new Output(store, names);
    output.number(1, () => false);
    output.writeNodes(1);
    for (const f of chosen) output.add(f.name, Kind.FUNC << 24, output.idOf[f.proto]!);
    void variables;
    void PERCPU_SECTION;
    void Btf;
    return { bytes: assemble(output.sections(), { littleEndian: elf.littleEndian }), notes: [] };
  }
}
