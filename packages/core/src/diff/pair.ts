import type { Btf, TypeId } from '../btf/index.js';
import type { Change, ModuleEffect, ProgramEffect, Subject, What } from './change.js';
import { Interner } from './interner.js';
import { Meanings } from './meanings.js';
import { Names } from './names.js';
import { Side } from './side.js';
import { typeText } from './type-text.js';

/** The two BTFs that are compared: A, the old one, and B. */
export class Pair {
  readonly names = new Names();
  readonly a: Side;
  readonly b: Side;
  readonly meaningsOfA: Meanings;
  readonly meaningsOfB: Meanings;

  constructor(a: Btf, b: Btf) {
    const interner = new Interner(a.words.length + b.words.length);
    this.a = new Side(a, this.names);
    this.b = new Side(b, this.names);
    this.meaningsOfA = new Meanings(this.a, interner);
    this.meaningsOfB = new Meanings(this.b, interner);
  }

  isSameDefinition(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.definition(a) === this.meaningsOfB.definition(b);
  }
  /** Of structs and unions: the same but for tags. */
  isSameLayout(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.layout(a) === this.meaningsOfB.layout(b);
  }
  isSamePlace(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.place(a) === this.meaningsOfB.place(b);
  }
  isExact(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.exact(a) === this.meaningsOfB.exact(b);
  }
  isBare(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.bare(a) === this.meaningsOfB.bare(b);
  }
  isDeep(a: TypeId, b: TypeId): boolean {
    return this.meaningsOfA.deep(a) === this.meaningsOfB.deep(b);
  }

  textOfA(id: TypeId): string {
    return typeText(this.a, id);
  }
  textOfB(id: TypeId): string {
    return typeText(this.b, id);
  }
}

export type Value = string | number | null;

/** Takes the changes of one type; `prefix` leads to what is in anonymous types. */
export class Changes {
  readonly list: Change[] = [];

  add(
    subject: Subject,
    what: What,
    name: string,
    [from, to]: readonly [Value, Value],
    [program, module]: readonly [ProgramEffect, ModuleEffect],
    offset?: number,
  ): void {
    const change = { subject, what, name, from, to, program, module };
    this.list.push(offset === undefined ? change : { ...change, offset });
  }
}
