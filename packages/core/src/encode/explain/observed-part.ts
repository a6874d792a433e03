import { Kind } from '../../btf/index.js';
import type { DebugInfo, Unit } from '../../dwarf/index.js';
import type { Elf } from '../../elf/index.js';
import type { UnexpectedRegister } from '../functions/unit-functions.js';
import type { Interner } from '../interner.js';
import { Names } from '../names.js';
import { Part, type PartSettings, type Rows } from '../part.js';
import { NAMED, Store } from '../store.js';
import type { UnitSpace } from '../unit-space.js';
import { ObservedFunctions } from './observed-functions.js';

/** A function as the rules see it. */
export interface JudgedFunction {
  /** Place of its DIE in the UnitSpace. */
  readonly offset: number;
  /** Fn. */
  readonly flags: number;
  /** Its row in FunctionRows; -1 where it has no symbol, or a parameter no name. */
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

/** Units read for the sake of functions of some names, and what the rules found in each of these. */
export class ObservedPart extends Part {
  declare readonly functions: ObservedFunctions;
  readonly judged: JudgedFunction[] = [];
  private readonly space: UnitSpace;
  private together = false;

  constructor(
    info: DebugInfo,
    elf: Elf,
    settings: PartSettings,
    space: UnitSpace,
    wanted: readonly string[],
  ) {
    super(info, elf, new Names(), new Store(), settings, ObservedFunctions);
    this.space = space;
    this.functions.wanted = new Set(wanted.map(name => this.names.internText(name)));
  }

  override readTogether(units: readonly Unit[]): void {
    this.together = true;
    super.readTogether(units);
  }

  protected override settle(interner: Interner, from: Rows, to: Rows): void {
    super.settle(interner, from, to);
    const { unitFunctions, functions, names } = this;
    const start = this.together ? 0 : this.space.startOf(from.unit);
    for (let k = from.functions; k < to.functions; k++) {
      const i = unitFunctions.ended[k]!;
      if (!functions.wanted.has(unitFunctions.name[i]!)) continue;
      const parameters: JudgedParameter[] = [];
      for (let p = unitFunctions.first[i]!; p < unitFunctions.first[i + 1]!; p++) {
        const type = interner.nodeOfReference(unitFunctions.parameterType[p]!);
        parameters.push({
          name: names.text(unitFunctions.parameterName[p]!),
          isStruct: this.isStruct(type, Kind.STRUCT),
          flags: unitFunctions.parameterFlags[p]!,
          unexpected: unitFunctions.unexpected.get(p),
        });
      }
      const result = this.behindTypedefs(interner.nodeOfReference(unitFunctions.result[i]!));
      this.judged.push({
        offset: start + unitFunctions.offset[i]!,
        flags: unitFunctions.flags[i]!,
        row: functions.rowOf.get(i) ?? -1,
        returnsStruct: this.isStruct(result, Kind.STRUCT) || this.isStruct(result, Kind.UNION),
        parameters,
      });
    }
  }

  private behindTypedefs(node: number): number {
    const { store } = this;
    while (node !== 0 && (store.kind(node) === Kind.TYPEDEF || store.kind(node) === Kind.CONST))
      node = store.third(node);
    return node;
  }

  private isStruct(node: number, kind: number): boolean {
    const { store } = this;
    return node !== 0 && (store.kind(node) === NAMED ? store.vlen(node) : store.kind(node)) === kind;
  }
}
