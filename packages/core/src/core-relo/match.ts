import { Kind, type TypeId } from '../btf/index.js';
import { fieldsDiffer, type Mismatch, typesDiffer } from './compat.js';
import { isEnumvalBased, isTypeBased, Relo } from './kinds.js';
import { sameRoot } from './names.js';
import { CoreRefusal } from './refusal.js';
import { type Accessor, add32, elementBits, emptySpec, isFlexible, LONGEST_SPEC, type Spec } from './spec.js';
import { matchDiffers } from './type-match.js';
import { type CoreTypes, enumeratorOf, isComposite, isEnum, memberOf } from './types.js';

/** What a candidate has in the place of what the program asks for. */
export interface Match {
  /** As far as it was found. */
  readonly spec: Spec;
  /** Why the candidate is not it, in words; null where it is. */
  readonly mismatch: Mismatch;
}

/** Looks for a program's spec in a candidate: libbpf's bpf_core_spec_match. Throws CoreRefusal, FormatError. */
export function matchSpec(local: Spec, target: CoreTypes, root: TypeId): Match {
  const spec = emptySpec(target, local.kind, root);
  if (isTypeBased(local.kind)) {
    const pair = { local: local.types, localId: local.root, target, targetId: root };
    const mismatch = local.kind === Relo.TYPE_MATCHES ? matchDiffers(pair) : typesDiffer(pair);
    return { spec, mismatch };
  }
  if (isEnumvalBased(local.kind)) return { spec, mismatch: matchEnumerator(local, spec) };
  return { spec, mismatch: new FieldMatcher(local, spec).match() };
}

function matchEnumerator(local: Spec, spec: Spec): Mismatch {
  const { types } = spec;
  const id = types.skip(spec.root);
  if (!isEnum(types.kind(id))) return `${types.describe(id)} is no enum`;
  const [{ type, index }] = local.accessors;
  const wanted = enumeratorOf(local.types, type, index).nameOff;
  const name = local.types.string(wanted);
  for (let i = 0; i < types.btf.vlen(id); i++) {
    const { nameOff } = enumeratorOf(types, id, i);
    if (!sameRoot(name, types.string(nameOff))) continue;
    spec.accessors.push({ type: id, index: i, nameOff });
    spec.raw.push(i);
    return null;
  }
  return `no enumerator ${local.types.btf.string(wanted)}`;
}

class FieldMatcher {
  private readonly local: Spec;
  private readonly spec: Spec;
  private readonly types: CoreTypes;
  /** What a member that was found is of. */
  private found: TypeId = 0;
  /** Why the last member of the right name was not the one. */
  private mismatch: Mismatch = null;

  constructor(local: Spec, spec: Spec) {
    this.local = local;
    this.spec = spec;
    this.types = spec.types;
  }

  match(): Mismatch {
    let id = this.spec.root;
    for (const [place, accessor] of this.local.accessors.entries()) {
      id = this.types.skip(id);
      if (accessor.nameOff !== 0) {
        if (!this.findMember(accessor, id)) return this.mismatch ?? this.noMember(accessor, id);
        id = this.found;
        continue;
      }
      // The first index is into an array of the root itself.
      if (place > 0) {
        const why = this.checkIndex(accessor.index, id);
        if (why !== null) return why;
        id = this.types.skip(this.types.tail(id)[0]);
      }
      this.pushIndex(accessor.index, id);
    }
    return null;
  }

  private noMember({ nameOff }: Accessor, id: TypeId): string {
    const name = this.local.types.btf.string(nameOff);
    const type = this.types.describe(id);
    return isComposite(this.types.kind(id)) ? `no member ${name} in ${type}` : `${type} has no members`;
  }

  private checkIndex(index: number, id: TypeId): Mismatch {
    const { types, spec } = this;
    if (types.kind(id) !== Kind.ARRAY) return `${types.describe(id)} is no array`;
    const length = types.tail(id)[2];
    if (index < length || isFlexible(types, spec.accessors.at(-1), length)) return null;
    return `index ${index} into an array of ${length}`;
  }

  private pushIndex(index: number, id: TypeId): void {
    const { spec } = this;
    this.checkLength();
    spec.accessors.push({ type: id, index, nameOff: 0 });
    spec.raw.push(index);
    const size = this.types.size(id);
    // libbpf holds it in an int, and takes what is negative for an error.
    if (size > 0x7fffffff) throw new CoreRefusal('EINVAL', `${this.types.describe(id)} of ${size} bytes`);
    spec.bitOffset = add32(spec.bitOffset, elementBits(index, size));
  }

  private checkLength(): void {
    if (this.spec.raw.length < LONGEST_SPEC) return;
    throw new CoreRefusal('E2BIG', `more than ${LONGEST_SPEC} members and elements deep`);
  }

  /**
   * Looks for the member that a step of the program names, in anonymous members too, and goes there
   * (bpf_core_match_member). What does not fit ends the search in its composite; those around it go on after their
   * own place, and keep the step that was taken inside, as libbpf does.
   */
  private findMember(accessor: Accessor, composite: TypeId): boolean {
    const { types, spec, local } = this;
    const id = types.skip(composite);
    if (!isComposite(types.kind(id))) return false;
    const wanted = memberOf(local.types, accessor.type, accessor.index);
    const name = local.types.string(wanted.nameOff);
    const { strings } = types.btf;
    const count = types.btf.vlen(id);
    const tail = types.tail(id);
    const offsetMask = types.btf.kflag(id) ? 0xffffff : 0xffffffff;
    for (let i = 0; i < count; i++) {
      this.checkLength();
      const nameOff = tail[3 * i];
      const type = tail[3 * i + 1];
      const bits = (tail[3 * i + 2] & offsetMask) >>> 0;
      const anonymous = strings.isEmpty(nameOff);
      if (!anonymous && !strings.equals(nameOff, name)) continue;
      spec.bitOffset = add32(spec.bitOffset, bits);
      spec.raw.push(i);
      if (anonymous) {
        if (this.findMember(accessor, type)) return true;
      } else {
        const pair = { local: local.types, localId: wanted.type, target: types, targetId: type };
        const differ = fieldsDiffer(pair);
        if (differ !== null) {
          this.mismatch = `member ${types.btf.string(nameOff)}: ${differ}`;
          return false;
        }
        spec.accessors.push({ type: id, index: i, nameOff });
        this.found = type;
        return true;
      }
      spec.bitOffset = add32(spec.bitOffset, -bits);
      spec.raw.pop();
    }
    return false;
  }
}
