import { Attr, Form } from '@btfkit/core/dwarf';
import type { Die, UnitSpec } from '../dwarf/builder.js';
import { declaration, int, member, pointer, struct, typedef, union, unitDie } from '../dwarf/types.js';

/** A generator of numbers below a limit, the same for the same seed (mulberry32). */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/**
 * Units in which each of a few names is one of two structs that lead to other names. Beside that, it may be absent
 * or declared only; or, as in two functions, be both of these structs; or, as clang has it, enclose a union.
 */
export function randomUnits(seed: number, beside: 'declared' | 'both' | 'nested'): UnitSpec[] {
  const next = random(seed);
  const names = ['a', 'b', 'c', 'd'].slice(0, 2 + next(3));
  // What a variant of a name consists of is the same in all units.
  const plans = names.map(() =>
    [0, 1].map(() => Array.from({ length: 1 + next(3) }, () => ({ to: next(names.length), by: next(3) }))),
  );
  return Array.from({ length: 2 + next(3) }, () => {
    const number = int();
    const states = names.map(() => (beside !== 'both' ? next(4) : [0, 1, 4][next(3)]!));
    const tags = names.map((name, i) => {
      const state = states[i]!;
      return state === 2 || state === 3 ? declaration(name) : struct(name, 8 + (state % 4));
    });
    const others: Die[] = [];
    const fill = (whole: Die, plan: readonly { to: number; by: number }[]) => {
      plan.forEach(({ to, by }, m) => {
        const link = pointer(tags[to]!);
        others.push(link);
        if (by === 1 && beside === 'nested') {
          const inner = union('', 8, member('x', link, 0));
          whole.children.push(inner, member('', inner, 8 * m));
          return;
        }
        const type = by === 1 ? typedef(`t${to}`, link) : link;
        if (type !== link) others.push(type);
        whole.children.push(member(`m${m}`, by === 2 ? number : type, 8 * m));
      });
    };
    names.forEach((name, i) => {
      const state = states[i]!;
      if (state === 2 || state === 3) return;
      fill(tags[i]!, plans[i]![state % 4]!);
      if (state !== 4) return;
      const local = struct(name, 9);
      others.push(local, pointer(local));
      fill(local, plans[i]![1]!);
    });
    // A name that nobody uses or defines does not stand in the unit, unless something leads there.
    const isUsed = (tag: Die, i: number) =>
      states[i] !== 3 || others.some(die => die.attributes.at(-1)?.[2] === tag);
    return { die: unitDie(number, ...tags.filter(isUsed), ...others) };
  });
}

/** `die` with a reference that may lead to another unit. */
function far(die: Die): Die {
  const at = die.attributes.findIndex(([code]) => code === Attr.type);
  die.attributes[at] = [Attr.type, Form.ref_addr, die.attributes[at]![2]!];
  return die;
}

/**
 * Units, some of which refer to types of others: each of a few names is one of two structs, declared or defined, in each
 * unit, and maybe once more. Members lead to any of these, in the same unit or in the one before or behind it. As
 * compilers have it, there is one pointer to a type, wherever that stands.
 */
export function linkedUnits(seed: number): UnitSpec[] {
  const next = random(seed);
  const names = ['a', 'b', 'c', 'd'].slice(0, 2 + next(3));
  const plans = names.map(() =>
    [0, 1].map(() => Array.from({ length: 1 + next(3) }, () => ({ to: next(names.length), by: next(4) }))),
  );
  const units = Array.from({ length: 3 + next(4) }, () => {
    const tags = names.flatMap((name, i) =>
      Array.from({ length: 1 + (next(3) === 0 ? 1 : 0) }, () => {
        const variant = next(5);
        const plan = variant < 4 ? plans[i]![variant % 2]! : undefined;
        return { name, plan, die: plan ? struct(name, 8 + (variant % 2)) : declaration(name) };
      }),
    );
    return { number: int(), tags, others: [] as Die[] };
  });
  const isLinked = units.map(() => next(3) > 0);
  const pointers = new Map<Die, Die>();
  const typedefs = new Map<Die, Die>();
  units.forEach((unit, u) => {
    const once = (known: Map<Die, Die>, target: Die, make: () => Die) => {
      let die = known.get(target);
      if (die === undefined) {
        die = far(make());
        known.set(target, die);
        unit.others.push(die);
      }
      return die;
    };
    for (const { plan, die } of unit.tags) {
      plan?.forEach(({ to, by }, m) => {
        const near = u + (by === 3 ? next(3) - 1 : 0);
        const other = units[near] !== undefined && isLinked[u] ? units[near]! : unit;
        const targets = other.tags.filter(({ name }) => name === names[to]!);
        const target = targets[next(targets.length)]!.die;
        const link = once(pointers, target, () => pointer(target));
        const type = by === 1 ? once(typedefs, link, () => typedef(`t${to}`, link)) : link;
        die.children.push(far(member(`m${m}`, by === 2 ? unit.number : type, 8 * m)));
      });
    }
  });
  return units.map(({ number, tags, others }) => ({
    die: unitDie(number, ...tags.map(({ die }) => die), ...others),
  }));
}
