import { FunctionRows } from '../functions/function-rows.js';
import type { FunctionSymbols } from '../functions/function-symbols.js';
import { Functions, type UnitNodes } from '../functions/functions.js';
import type { UnitFunctions } from '../functions/unit-functions.js';
import type { Store } from '../store.js';

/** Rows of which some stay, whether or not they are of use to the encoder. */
class KeptRows extends FunctionRows {
  keeps = false;

  override removeLast(): void {
    if (!this.keeps) super.removeLast();
  }
}

/** Functions of all names, as the encoder has them, and all rows of some names. */
export class ObservedFunctions extends Functions {
  /** Numbers of those names. */
  wanted: ReadonlySet<number> = new Set();
  /** Rows of the unit that was settled last, by the functions' rows in UnitFunctions. */
  readonly rowOf = new Map<number, number>();
  private readonly kept: KeptRows;

  constructor(store: Store, symbols: FunctionSymbols, trueSignature: boolean) {
    const rows = new KeptRows();
    super(store, symbols, trueSignature, rows);
    this.kept = rows;
  }

  override settle(unit: number, functions: UnitFunctions, from: number, to: number, nodes: UnitNodes): void {
    this.rowOf.clear();
    for (let k = from; k < to; k++) {
      const i = functions.ended[k]!;
      const { count } = this.rows;
      this.kept.keeps = this.wanted.has(functions.name[i]!);
      super.settle(unit, functions, k, k + 1, nodes);
      if (this.kept.keeps && this.rows.count > count) this.rowOf.set(i, count);
    }
  }
}
