import { type ChosenFunction, chooseFunctions, type Omission, omission } from '../functions/selection.js';
import { declare } from './c-type.js';
import type { FuncFacts } from './explanation.js';
import { NodeTypes } from './node-types.js';
import type { ObservedPart } from './observed-part.js';

/** A FUNC that is made. */
export type MadeFunc = Pick<FuncFacts, 'name' | 'prototype' | 'tags'>;

/** What the encoder's rules make of a name. */
export interface Judgement {
  /** Number of the name in Functions, and the row that stands for it. */
  readonly number: number;
  readonly row: number;
  /** Why there is none; `undefined` where there is one. */
  readonly omission: Omission | undefined;
  readonly func: MadeFunc | undefined;
}

/** What the encoder's rules make of the functions of a part, by name. */
export class Judgements {
  readonly part: ObservedPart;
  private readonly numbers = new Map<string, number>();
  private readonly chosen = new Map<number, ChosenFunction>();

  constructor(part: ObservedPart) {
    this.part = part;
    const { functions, names } = part;
    for (let n = 0; n < functions.count; n++) this.numbers.set(names.text(functions.name[n]!), n);
    for (const one of chooseFunctions(part)) this.chosen.set(one.name, one);
  }

  /** `undefined` for a name of which no function is in the part. */
  of(name: string): Judgement | undefined {
    const number = this.numbers.get(name);
    if (number === undefined) return undefined;
    const { functions, features } = this.part;
    const exact = features.has('true_signature') ? functions.exactOf(number) : undefined;
    const row = exact?.row ?? functions.canonical(number);
    const reason = exact === undefined ? omission(this.part, number) : undefined;
    const func = reason === undefined ? this.func(exact?.name ?? functions.name[number]!) : undefined;
    return { number, row, omission: reason, func };
  }

  private func(name: number): MadeFunc {
    const { names, store } = this.part;
    const { prototype, tags } = this.chosen.get(name)!;
    const text = names.text(name);
    return {
      name: text,
      prototype: declare(new NodeTypes(store, names).prototype(prototype), text),
      tags: tags.map(tag => ({ name: names.text(tag.name), component: tag.component })),
    };
  }
}
