import type { ObjectNeeds } from './needs.js';
import { type Reached, type Relocated, reach } from './reach.js';

/** Where the programs of an object get to on a kernel. */
export interface ReachedFunctions {
  /** Poisoned relocations that are reached; their indices in the object. */
  readonly relocations: ReadonlySet<number>;
  /** By program: offsets in its context that are loaded from. */
  readonly context: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What was found for some values, and the offsets of fields that it depends on. */
interface Kept {
  readonly found: ReachedFunctions;
  readonly offsets: readonly { readonly relocation: number; readonly value: number }[];
}

/** Kernels that give the same values are many. */
const MOST_KEPT = 256;

/** The programs of an object, followed from their first instructions through the functions that they call. */
export class Programs {
  private readonly needs: ObjectNeeds;
  private readonly kept = new Map<string, Kept[]>();
  private count = 0;

  constructor(needs: ObjectNeeds) {
    this.needs = needs;
  }

  /** `relocated`: what became of each relocation; `absent`: of each extern, whether it is 0. */
  reach(relocated: readonly (Relocated | null)[], absent: readonly boolean[]): ReachedFunctions {
    const key = keyOf(relocated, absent);
    const kept = this.kept.get(key) ?? [];
    const known = kept.find(({ offsets }) =>
      offsets.every(({ relocation, value }) => offsetOf(relocated[relocation]) === value),
    );
    if (known !== undefined) return known.found;
    if (this.count++ >= MOST_KEPT) {
      this.kept.clear();
      this.count = 0;
    }
    const made = this.follow(relocated, absent);
    this.kept.set(key, [...kept, made]);
    return made.found;
  }

  private follow(relocated: readonly (Relocated | null)[], absent: readonly boolean[]): Kept {
    const { functions, relocations } = this.needs;
    const known = functions.map(() => new Map<number, Relocated>());
    const numbers = functions.map(() => new Map<number, number>());
    for (const [index, { function: of, insn }] of relocations.entries()) {
      const one = relocated[index];
      if (one !== null) known[of].set(insn, one);
      numbers[of].set(insn, index);
    }
    this.addExterns(known, absent);
    const reached = new Set<number>();
    const context = new Map<number, ReadonlySet<number>>();
    const offsets: { relocation: number; value: number }[] = [];
    const waiting = functions.flatMap(({ isSubprogram }, index) => (isSubprogram ? [] : [index]));
    const seen = new Set(waiting);
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const { code, calls, isSubprogram } = functions[index];
      const found: Reached = reach(code, known[index], calls, !isSubprogram);
      for (const insn of found.poisoned) reached.add(numbers[index].get(insn)!);
      if (!isSubprogram) context.set(index, found.context);
      for (const insn of found.offsets) {
        const relocation = numbers[index].get(insn)!;
        offsets.push({ relocation, value: offsetOf(relocated[relocation]) });
      }
      for (const insn of found.calls) {
        const callee = calls.get(insn)!;
        if (seen.has(callee)) continue;
        seen.add(callee);
        waiting.push(callee);
      }
    }
    return { found: { relocations: reached, context }, offsets };
  }

  /** The address of a weak extern that is not there is 0. */
  private addExterns(known: Map<number, Relocated>[], absent: readonly boolean[]): void {
    const { functions, externs } = this.needs;
    const bySymbol = new Map(externs.map(({ symbol }, index) => [symbol, index]));
    for (const [index, { references }] of functions.entries()) {
      for (const { insn, symbol } of references) {
        const extern = bySymbol.get(symbol);
        if (extern === undefined || known[index].has(insn)) continue;
        known[index].set(insn, { is: 'immediate', value: absent[extern] ? 0n : null });
      }
    }
  }
}

function keyOf(relocated: readonly (Relocated | null)[], absent: readonly boolean[]): string {
  const values = relocated.map(one => {
    if (one === null || one.is === 'offset' || (one.is === 'immediate' && one.value === null)) return '';
    return one.is === 'poisoned' ? 'p' : String(one.value);
  });
  return `${values.join()} ${absent.map(one => (one ? 1 : 0)).join('')}`;
}

/** -1 where the relocation set none. */
function offsetOf(relocated: Relocated | null): number {
  return relocated?.is === 'offset' ? relocated.value : -1;
}
