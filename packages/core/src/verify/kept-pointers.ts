import { Kind, kflagOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import { FieldError, POINTER_TAGS, type SpecialField, type TypeView } from './field-types.js';
import type { FieldRules } from './rules.js';

/** Pointers that a program keeps, told by the type tags behind them. */
export class KeptPointers {
  private readonly types: TypeView;
  private readonly rules: FieldRules;

  constructor(types: TypeView, rules: FieldRules) {
    this.types = types;
    this.rules = rules;
  }

  /** What may be a tagged pointer. */
  *candidates(): Generator<number> {
    const { btf } = this.types;
    if (!this.hasTags()) return;
    for (let id = btf.startId; id < btf.endId; id++) {
      const kind = this.types.kind(id);
      if (kind === Kind.PTR || kind === Kind.VOLATILE) yield id;
    }
  }

  private hasTags(): boolean {
    const { btf } = this.types;
    for (let id = btf.startId; id < btf.endId; id++) {
      if (this.types.kind(id) === Kind.TYPE_TAG && this.isKnownTag(this.types.nameOf(id))) return true;
    }
    return false;
  }

  /** btf_find_kptr: null where the type is no tagged pointer. Throws FieldError where it is one of the wrong form. */
  field(type: number, offset: number): SpecialField | null {
    let pointer = type;
    if (this.types.kind(pointer) === Kind.VOLATILE) pointer = this.types.third(pointer);
    if (this.types.kind(pointer) !== Kind.PTR) return null;
    const tag = this.rules.tagsAnywhere ? this.tagInChain(pointer) : this.firstTag(this.types.third(pointer));
    if (tag === null || !POINTER_TAGS.includes(tag)) return null;
    let target = this.types.third(pointer);
    while (isModifier(this.types.kind(target))) target = this.types.third(target);
    if (!this.types.isStruct(target))
      throw new FieldError(Errno.EINVAL, `A pointer with the tag ${tag} must lead to a struct`);
    return { type: tag, offset, target, node: '' };
  }

  private isTag(id: number): boolean {
    return this.types.kind(id) === Kind.TYPE_TAG;
  }

  private isAttribute(id: number): boolean {
    return this.rules.kflagTags && kflagOf(this.types.btf.words[this.types.btf.recordOf(id) + 1]!);
  }

  private isKnownTag(tag: string): boolean {
    return POINTER_TAGS.includes(tag) || (tag === 'uptr' && this.rules.userPointers);
  }

  /** The one tag right behind the pointer. */
  private firstTag(id: number): string | null {
    if (!this.isTag(id) || this.isAttribute(id)) return null;
    const tag = this.types.nameOf(id);
    if (this.isTag(this.types.third(id)) || !this.isKnownTag(tag)) {
      throw new FieldError(Errno.EINVAL, 'A pointer has more than one type tag, or one that is not known');
    }
    return tag;
  }

  /** The one tag of those that are known among the pointer's modifiers (btf_type_tag_walk). */
  private tagInChain(pointer: number): string | null {
    const found = new Set<string>();
    for (let id = this.types.third(pointer); isModifier(this.types.kind(id)); id = this.types.third(id)) {
      if (this.isTag(id) && !this.isAttribute(id) && this.isKnownTag(this.types.nameOf(id))) {
        found.add(this.types.nameOf(id));
      }
    }
    if (found.size > 1)
      throw new FieldError(Errno.EINVAL, 'A pointer has two type tags that exclude each other');
    const [tag] = found;
    return tag ?? null;
  }
}

function isModifier(kind: number): boolean {
  return (kind >= Kind.TYPEDEF && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}
