import { type Btf, Kind, kflagOf, kindOf, MAX_VLEN, type TypeId, vlenOf } from '../btf/index.js';
import type { KernelRules } from '../verify/rules.js';

/** Who will read the result: a kernel a program's BTF, or its own and that of its modules. */
export type Reader = 'program' | 'kernel';

/** What must be known of other types before a record can be replaced. */
export interface Plan {
  /** Enums that bit fields are of, and that cannot stay enums. */
  readonly bitFieldEnums: ReadonlySet<TypeId>;
  /** Type tags that stand behind other modifiers where they may not. */
  readonly lateTags: ReadonlySet<TypeId>;
}

const LONGEST_CHAIN = 64;

function isModifier(kind: number): boolean {
  return (kind >= Kind.TYPEDEF && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}

/** The type behind modifiers; what is met last where the chain has no end. */
export function behindModifiers(btf: Btf, id: TypeId): TypeId {
  let end = id;
  for (let left = LONGEST_CHAIN; left > 0 && isModifier(btf.kind(end)); left--) end = btf.sizeOrType(end);
  return end;
}

/** The enum cannot stay one: ENUM64 where that is unknown, and ENUM of other sizes than an old kernel's 4. */
export function isForeignEnum(rules: KernelRules, reader: Reader, kind: number, size: number): boolean {
  if (kind === Kind.ENUM64) return rules.maxKind < Kind.ENUM64;
  if (kind !== Kind.ENUM) return false;
  if (rules.enumSizes === 'of an int') return size !== 4;
  // Members of such an enum need room for an int, which only programs are asked for.
  return reader === 'program' && !rules.enumsBySize && size < 4;
}

/** A type tag that becomes a CONST whatever stands before it. */
export function isForeignTag(rules: KernelRules, info: number): boolean {
  if (kindOf(info) !== Kind.TYPE_TAG) return false;
  return rules.maxKind < Kind.TYPE_TAG || (kflagOf(info) && !rules.kflagTags);
}

export function planOf(btf: Btf, rules: KernelRules, reader: Reader): Plan {
  return {
    bitFieldEnums: findBitFieldEnums(btf, rules, reader),
    lateTags: rules.tagsFirst ? findLateTags(btf, rules) : new Set(),
  };
}

function findBitFieldEnums(btf: Btf, rules: KernelRules, reader: Reader): Set<TypeId> {
  const found = new Set<TypeId>();
  if (rules.maxKind >= Kind.ENUM64 && rules.enumSizes !== 'of an int') return found;
  const { words, offsets } = btf;
  for (const at of offsets) {
    const info = words[at + 1]!;
    const kind = kindOf(info);
    if (!kflagOf(info) || (kind !== Kind.STRUCT && kind !== Kind.UNION)) continue;
    const end = at + 3 + 3 * (info & MAX_VLEN);
    for (let row = at + 3; row < end; row += 3) {
      if (words[row + 2]! >>> 24 === 0) continue;
      const type = behindModifiers(btf, words[row + 1]!);
      if (isForeignEnum(rules, reader, btf.kind(type), btf.sizeOrType(type))) found.add(type);
    }
  }
  return found;
}

/** The tags that btf_check_type_tags would not find in front, once other tags have become CONST. */
function findLateTags(btf: Btf, rules: KernelRules): Set<TypeId> {
  const late = new Set<TypeId>();
  const { words, offsets, startId } = btf;
  for (const at of offsets) {
    const info = words[at + 1]!;
    const kind = kindOf(info);
    if (!isModifier(kind) || (kind === Kind.TYPE_TAG && !isForeignTag(rules, info))) continue;
    // A modifier that is no tag: so are all tags right behind it, from now on.
    let id = words[at + 2]!;
    while (id >= startId && !late.has(id)) {
      const next = words[offsets[id - startId]! + 1]!;
      if (kindOf(next) !== Kind.TYPE_TAG || isForeignTag(rules, next)) break;
      late.add(id);
      id = words[offsets[id - startId]! + 2]!;
    }
  }
  return late;
}

/** How many elements a type may have by `rules`. */
export function mostEntries(rules: KernelRules): number {
  return rules.infoBits & MAX_VLEN;
}

/** Whether a tag is about an entry that is left out of its struct. */
export function tagsCutEntry(btf: Btf, rules: KernelRules, target: TypeId, component: number): boolean {
  const most = mostEntries(rules);
  if (component === 0xffffffff || component < most || target === 0) return false;
  return vlenOf(btf.layer(target).words[btf.at(target) + 1]!) > most;
}
