import { Kind } from '../../btf/index.js';
import type { DebugInfo, Unit } from '../../dwarf/index.js';
import type { Elf } from '../../elf/index.js';
import { FunctionRows } from '../functions/function-rows.js';
import { Fn, type UnexpectedRegister } from '../functions/unit-functions.js';
import type { Interner } from '../interner.js';
import { Names } from '../names.js';
import { Part, type PartSettings, type Rows } from '../part.js';
import { NAMED, Store } from '../store.js';
import type { UnitSpace } from '../unit-space.js';

/** A function as the rules see it. */
export interface JudgedFunction {
  /** Place of its DIE in the UnitSpace. */
  readonly offset: number;
  /** Number of its name. */
  readonly name: number;
  /** Fn. */
  readonly flags: number;
  /** Its row in FunctionRows, -1 without one: a parameter has no name. */
  readonly row: number;
  /** Is the result a struct or union, maybe behind typedefs? */
  readonly returnsStruct: boolean;
  readonly parameters: readonly JudgedParameter[];
}

export interface JudgedParameter {
  readonly name: string;
  /** By value, and not behind a typedef. */
  readonly isStruct: boolean;
  /** Parameter. */
  readonly flags: number;
  readonly unexpected: UnexpectedRegister | undefined;
}

/** Keeps the rows of all functions. */
class AllRows extends FunctionRows {
  override removeLast(): void {}
}

/** Units read for the sake of some functions, and what the rules found in each of these. */
export class ObservedPart extends Part {
  readonly judged: JudgedFunction[] = [];
  private readonly space: UnitSpace;
  private together = false;

  /** `settings.symbols` has those of the functions alone. */
  constructor(info: DebugInfo, elf: Elf, settings: PartSettings, space: UnitSpace) {
    super(info, elf, new Names(), new Store(), settings, new AllRows());
    this.space = space;
  }

  override readTogether(units: readonly Unit[]): void {
    this.together = true;
    super.readTogether(units);
  }

  protected override settle(interner: Interner, from: Rows, to: Rows): void {
    let row = this.functions.rows.count;
    super.settle(interner, from, to);
    const { unitFunctions, functions, names, store } = this;
    const start = this.together ? 0 : this.space.startOf(from.unit);
    for (let i = from.functions; i < to.functions; i++) {
      const name = unitFunctions.name[i]!;
      if (name <= 0 || !functions.isWanted(name)) continue;
      const flags = unitFunctions.flags[i]!;
      const parameters: JudgedParameter[] = [];
      for (let p = unitFunctions.first[i]!; p < unitFunctions.first[i + 1]!; p++) {
        const type = interner.nodeOfReference(unitFunctions.parameterType[p]!);
        parameters.push({
          name: names.text(unitFunctions.parameterName[p]!),
          isStruct: type !== 0 && store.kind(type) === NAMED && store.vlen(type) === Kind.STRUCT,
          flags: unitFunctions.parameterFlags[p]!,
          unexpected: unitFunctions.unexpected.get(p),
        });
      }
      const offset = start + unitFunctions.offset[i]!;
      const returnsStruct = this.isStruct(interner.nodeOfReference(unitFunctions.result[i]!));
      const isSettled = (flags & Fn.unnamed) === 0;
      this.judged.push({ offset, name, flags, row: isSettled ? row++ : -1, returnsStruct, parameters });
    }
  }

  private isStruct(node: number): boolean {
    const { store } = this;
    while (node !== 0 && (store.kind(node) === Kind.TYPEDEF || store.kind(node) === Kind.CONST))
      node = store.third(node);
    const kind = store.kind(node) === NAMED ? store.vlen(node) : store.kind(node);
    return kind === Kind.STRUCT || kind === Kind.UNION;
  }
}
