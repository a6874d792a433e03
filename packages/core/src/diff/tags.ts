import { Kind, type TypeId } from '../btf/index.js';
import type { EntityKind, Subject } from './change.js';
import type { Changes, Pair } from './pair.js';
import { isComposite, type Side } from './side.js';

/** Adds the declaration tags that appeared or went; each by its name and by what it is on. */
export function compareTags(pair: Pair, kind: EntityKind, a: TypeId, b: TypeId, out: Changes): void {
  const left = tagsOf(pair.a, a);
  const right = tagsOf(pair.b, b);
  if (left.size === 0 && right.size === 0) return;
  const subject = (on: string): Subject => (on === '' ? kind : kind === 'func' ? 'parameter' : 'member');
  for (const [key, { on, tag }] of left) {
    if (right.has(key)) continue;
    // A program can call only what is tagged so.
    const program = tag === 'bpf_kfunc' ? 'attach' : 'none';
    out.add(subject(on), 'untagged', on, [tag, null], [program, 'none']);
  }
  for (const [key, { on, tag }] of right) {
    if (!left.has(key)) out.add(subject(on), 'tagged', on, [null, tag], ['none', 'none']);
  }
}

function tagsOf(side: Side, id: TypeId): Map<string, { on: string; tag: string }> {
  const tags = side.tags(id).map(tag => {
    const found = { on: component(side, id, tag.component), tag: side.string(tag.offset) };
    return [`${found.on}\0${found.tag}`, found] as const;
  });
  return new Map(tags.sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0)));
}

/** The name of the member or parameter that a tag is on; '' for the type itself. */
function component(side: Side, id: TypeId, index: number): string {
  if (index < 0) return '';
  const { words } = side.types;
  const isFunction = side.kind(id) === Kind.FUNC;
  const holder = isFunction ? side.types.third(id) : id;
  const hasNames = isFunction || isComposite(side.kind(id));
  if (!hasNames || index >= side.vlen(holder)) return `#${index}`;
  const row = side.at(holder) + 3 + (isFunction ? 2 : 3) * index;
  return side.string(words[row]!) || `#${index}`;
}
