import { type Btf, KINDS, Kind, Third, type TypeId } from '../btf/index.js';

/** What a type id in a record is for. */
export type Role = 'type' | 'prototype' | 'variable' | 'tagged';

/** What is told of each own type. */
export interface References {
  readonly name?: (id: TypeId, offset: number) => void;
  readonly type?: (id: TypeId, target: TypeId, role: Role) => void;
}

/** Goes through the names and type ids of a layer's own types, right or wrong. */
export function walk(btf: Btf, { name, type }: References): void {
  const { words } = btf;
  for (let id = btf.startId; id < btf.endId; id++) {
    const at = btf.at(id);
    const kind = btf.kind(id);
    name?.(id, words[at]!);
    const shape = KINDS[kind];
    if (shape === undefined) continue;
    if (type !== undefined) {
      if (shape.third === Third.TYPE) type(id, words[at + 2]!, roleOf(kind));
      for (const extra of shape.extraTypes) type(id, words[at + 3 + extra]!, 'type');
    }
    if (shape.element === 0) continue;
    const end = at + 3 + shape.extra + btf.vlen(id) * shape.element;
    for (let element = at + 3 + shape.extra; element < end; element += shape.element) {
      for (const word of shape.elementNames) name?.(id, words[element + word]!);
      for (const word of shape.elementTypes) {
        type?.(id, words[element + word]!, kind === Kind.DATASEC ? 'variable' : 'type');
      }
    }
  }
}

function roleOf(kind: number): Role {
  if (kind === Kind.FUNC) return 'prototype';
  return kind === Kind.DECL_TAG ? 'tagged' : 'type';
}
