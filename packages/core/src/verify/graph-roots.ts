import { Kind } from '../btf/kinds.js';
import { Errno } from './breach.js';
import { FieldError, type SpecialField, type TypeView } from './field-types.js';
import type { FieldRules } from './rules.js';

/** Heads of lists and roots of trees, and what they hold. */
export class GraphRoots {
  private readonly types: TypeView;
  private readonly rules: FieldRules;
  private structIds: Map<string, number> | undefined;
  private tags: Map<number, number[]> | undefined;

  constructor(types: TypeView, rules: FieldRules) {
    this.types = types;
    this.rules = rules;
  }

  /** btf_find_graph_root: what a list or tree holds stands in a tag "contains:STRUCT:MEMBER" of the member. */
  field(struct: number, index: number, type: string, offset: number): SpecialField {
    const prefix = 'contains:';
    const values = this.tagsOf(struct, index).filter(tag => tag.startsWith(prefix));
    const value = values[0]?.slice(prefix.length) ?? '';
    const colon = value.indexOf(':');
    if ((values.length > 1 && !this.rules.severalContains) || colon < 0) {
      throw new FieldError(Errno.EINVAL, `${type} must have one tag contains:STRUCT:MEMBER`);
    }
    const target = this.structNamed(value.slice(0, colon));
    if (target === 0) throw new FieldError(Errno.ENOENT, `${type} contains a struct that does not exist`);
    const node = value.slice(colon + 1);
    if (node === '') throw new FieldError(Errno.EINVAL, `${type} must have one tag contains:STRUCT:MEMBER`);
    return { type, offset, target, node };
  }

  /** The DECL_TAGs of a member. */
  private tagsOf(struct: number, index: number): string[] {
    const { btf } = this.types;
    if (this.tags === undefined) {
      this.tags = new Map();
      for (let id = btf.startId; id < btf.endId; id++) {
        if (this.types.kind(id) !== Kind.DECL_TAG) continue;
        const ids = this.tags.get(this.types.third(id)) ?? [];
        ids.push(id);
        this.tags.set(this.types.third(id), ids);
      }
    }
    return (this.tags.get(struct) ?? [])
      .filter(id => btf.words[btf.recordOf(id) + 3] === index)
      .map(id => this.types.nameOf(id));
  }

  /** The first struct of a name (btf_find_by_name_kind), 0 where there is none. */
  private structNamed(name: string): number {
    const { btf } = this.types;
    if (this.structIds === undefined) {
      this.structIds = new Map();
      for (let id = btf.startId; id < btf.endId; id++) {
        if (this.types.kind(id) !== Kind.STRUCT) continue;
        const own = this.types.nameOf(id);
        if (!this.structIds.has(own)) this.structIds.set(own, id);
      }
    }
    return this.structIds.get(name) ?? 0;
  }
}
