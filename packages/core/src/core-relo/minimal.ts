import { assemble, Kind, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { rename, renumber } from '../rewrite/fields.js';
import { NameMover } from '../rewrite/names.js';
import { rootTypes } from './apply.js';
import { isEnumvalBased, isFieldBased, Relo } from './kinds.js';
import type { BpfObject, ObjectRelo } from './object.js';
import { CoreRefusal } from './refusal.js';
import { type Resolution, Resolver } from './resolve.js';
import type { Spec } from './spec.js';
import type { CoreTarget } from './target.js';
import { CoreTypes, isComposite } from './types.js';

/** A relocation of which no target type can be recorded. */
export interface Unrecorded {
  readonly object: BpfObject;
  readonly relo: ObjectRelo;
  readonly refusal: CoreRefusal;
}

/**
 * The smallest BTF against which objects relocate as against the whole: what bpftool's `gen min_core_btf` makes. Of
 * composites only members that are asked for are kept, pointers lead nowhere unless a relocation is on the type
 * itself. Types stay in the order of their ids.
 */
export class MinimalBtf {
  private readonly target: CoreTarget;
  private readonly types: CoreTypes;
  /** By type that is kept, which members are. */
  private readonly kept = new Map<TypeId, Set<number>>();

  /** `target`: without modules, whose types have another numbering. */
  constructor(target: CoreTarget) {
    this.target = target;
    this.types = new CoreTypes(target.btf);
  }

  /** Types that are kept so far. */
  get count(): number {
    return this.kept.size;
  }

  /** Marks what an object needs; returns the relocations that libbpf refuses. Throws FormatError. */
  add(object: BpfObject): Unrecorded[] {
    const { btf, relocations, littleEndian } = object;
    if (btf === null) return [];
    const local = new CoreTypes(btf, 8);
    this.target.prepare(rootTypes(local, relocations));
    const resolver = new Resolver(local, this.target, littleEndian);
    const refused: Unrecorded[] = [];
    for (const relo of relocations) {
      const resolution: Resolution = { tried: [] };
      try {
        resolver.resolve(relo, resolution);
        if (resolution.target !== undefined) this.keep(resolution.target);
      } catch (error) {
        if (!(error instanceof CoreRefusal)) throw error;
        refused.push({ object, relo, refusal: error });
      }
    }
    return refused;
  }

  private keep(spec: Spec): void {
    if (isFieldBased(spec.kind)) this.keepField(spec);
    else if (spec.kind === Relo.TYPE_MATCHES) this.keepMatched(spec.root, false);
    else this.keepType(spec.root, !isEnumvalBased(spec.kind));
  }

  /** Returns false where the type was there before, or is void. */
  private mark(id: TypeId): boolean {
    if (id === 0 || this.kept.has(id)) return false;
    this.kept.set(id, new Set());
    return true;
  }

  /** The root, and each member on the way with its type (btfgen_record_field_relo). */
  private keepField({ root, raw }: Spec): void {
    const { types } = this;
    this.keepType(root, false);
    let id = root;
    for (const place of raw.slice(1)) {
      id = types.skip(id);
      const kind = types.kind(id);
      if (isComposite(kind) && place < types.btf.vlen(id)) {
        this.mark(id);
        this.kept.get(id)!.add(place);
        id = types.tail(id)[3 * place + 1];
        this.keepType(id, false);
      } else if (kind === Kind.ARRAY) id = types.tail(id)[0];
      // After a member that did not fit stood in an anonymous one, the places do not lead to what was found.
      else throw new CoreRefusal('EINVAL', `place ${place} of ${types.describe(id)} leads nowhere`);
    }
  }

  /** A type and all it leads to, composites without members (btfgen_mark_type). */
  private keepType(root: TypeId, followPointers: boolean): void {
    const { types } = this;
    const found = [root];
    const seen = new Set<TypeId>();
    while (found.length > 0) {
      const id = found.pop()!;
      if (id === 0 || seen.has(id)) continue;
      seen.add(id);
      this.mark(id);
      const kind = types.kind(id);
      if (kind !== Kind.PTR || followPointers) found.push(...referencesOf(types, id));
    }
  }

  /** A type and all it leads to, with all members of what no pointer stands before (btfgen_mark_type_match). */
  private keepMatched(root: TypeId, behindPointer: boolean): void {
    const { types } = this;
    const found = [{ id: root, behindPointer }];
    const seen = new Set<number>();
    while (found.length > 0) {
      const { id, behindPointer: behind } = found.pop()!;
      const key = 2 * id + (behind ? 1 : 0);
      if (id === 0 || seen.has(key)) continue;
      seen.add(key);
      this.mark(id);
      const kind = types.kind(id);
      if (isComposite(kind)) {
        if (behind) continue;
        const members = this.kept.get(id)!;
        for (let i = 0; i < types.btf.vlen(id); i++) {
          members.add(i);
          found.push({ id: types.tail(id)[3 * i + 1], behindPointer: false });
        }
        continue;
      }
      const isBehind = kind === Kind.PTR || (behind && kind !== Kind.ARRAY && kind !== Kind.FUNC_PROTO);
      for (const next of referencesOf(types, id)) found.push({ id: next, behindPointer: isBehind });
    }
  }

  /** The blob, in the target's byte order. The object can be added to afterwards. */
  build(): Uint8Array {
    const { types } = this;
    const { btf } = types;
    const order = Array.from(this.kept.keys()).sort((a, b) => a - b);
    const ids = new Uint32Array(btf.endId);
    const records = order.map((id, index) => {
      ids[id] = index + 1;
      return isComposite(types.kind(id)) ? this.composite(id) : recordOf(types, id);
    });
    const words = new Uint32Array(records.reduce((sum, record) => sum + record.length, 0));
    let at = 0;
    for (const record of records) {
      words.set(record, at);
      at += record.length;
    }
    const names = new NameMover(btf.strings);
    rename(words, offset => names.move(offset));
    renumber(words, ids);
    return assemble({ words, strings: names.take() }, { littleEndian: btf.littleEndian });
  }

  /** A composite with the members that are kept; kflag where one of them is a bitfield, as btf__add_field sets it. */
  private composite(id: TypeId): Uint32Array {
    const whole = recordOf(this.types, id);
    const places = Array.from(this.kept.get(id)!).sort((a, b) => a - b);
    const record = new Uint32Array(3 + 3 * places.length);
    record.set(whole.subarray(0, 3));
    for (const [i, place] of places.entries()) {
      record.set(whole.subarray(3 + 3 * place, 6 + 3 * place), 3 + 3 * i);
    }
    const hadFlag = this.types.btf.kflag(id);
    const isBitfield = hadFlag && places.some((_, i) => record[5 + 3 * i] >>> 24 !== 0);
    const kind = this.types.kind(id);
    record[1] = ((isBitfield ? 0x80000000 : 0) | (kind << 24) | places.length) >>> 0;
    return record;
  }
}

function recordOf(types: CoreTypes, id: TypeId): Uint32Array {
  const tail = types.tail(id);
  const { buffer, byteOffset, length } = tail;
  return new Uint32Array(buffer, byteOffset - 12, length + 3);
}

/** What a type that is no composite leads to. FormatError for a kind of which that is unknown. */
function referencesOf(types: CoreTypes, id: TypeId): TypeId[] {
  const kind = types.kind(id);
  switch (kind) {
    case Kind.PTR:
    case Kind.CONST:
    case Kind.VOLATILE:
    case Kind.RESTRICT:
    case Kind.TYPEDEF:
    case Kind.TYPE_TAG:
      return [types.third(id)];
    case Kind.ARRAY: {
      const [element, index] = types.tail(id);
      return [element, index];
    }
    case Kind.FUNC_PROTO: {
      const tail = types.tail(id);
      return [types.third(id), ...tail.filter((_, word) => word % 2 === 1)];
    }
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64:
    case Kind.FWD:
    case Kind.STRUCT:
    case Kind.UNION:
      return [];
    default:
      throw new FormatError(`${types.describe(id)} is of a kind that no field is of`, {
        file: types.btf.name,
        section: 'types',
        typeId: id,
      });
  }
}
