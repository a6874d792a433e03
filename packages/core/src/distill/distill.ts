import {
  assemble,
  type Btf,
  builtinLayout,
  CLASSIC_HEADER,
  FIRST_OPEN_KIND,
  infoOf,
  KINDS,
  Kind,
  kindOf,
  LAYOUT_HEADER,
  type TypeId,
} from '../btf/index.js';
import { locate } from '../bytes/errors.js';
import { rename, renumber } from '../rewrite/fields.js';
import { NameMover } from '../rewrite/names.js';
import { DistillError } from './error.js';
import { checkOwnTypes } from './own-types.js';
import { reachedOfBase, recordOf } from './reach.js';

export interface Distilled {
  /** Stands on `base`: the types of the input in their order, then those of the old base that `base` has no room for. */
  readonly split: Uint8Array;
  /** What the split BTF needs of its old base, by name and size; contents of `.BTF.base`. */
  readonly base: Uint8Array;
}

/**
 * Split BTF that no longer needs the very base it was made on, and the small base that it stands on instead, for
 * `relocate`: libbpf's btf__distill_base. The distilled base has INT, FLOAT and FWD as they are, named STRUCT and
 * UNION without members, and named ENUM and ENUM64 as ENUM without values. Pointers, arrays, typedefs, prototypes and
 * types without a name go into the split BTF.
 *
 * Both have the byte order of the input, and a header of 24 bytes where the input's is no longer, else of 32; what
 * follows the header is libbpf's byte for byte. A layout section is kept only where a LOC kind needs it.
 * One thing is other than there: where nothing goes into the base, libbpf loses the types that move.
 *
 * `btf` is one whose references were checked when it was parsed, which is the default; its base, which may be split
 * itself, is checked here as far as it is reached.
 *
 * Throws DistillError where libbpf returns -EINVAL: no base, a reference to a function, variable or declaration tag
 * of the base, a kind that only a layout section describes, an enum whose size is none.
 */
export function distill(btf: Btf): Distilled {
  return locate({ file: btf.name }, () => {
    if (btf.base === null) throw new DistillError(btf.name, 'not split BTF, there is no base to distill');
    checkOwnTypes(btf);
    const reached = reachedOfBase(btf);
    const kept = reached.filter(id => isKept(btf, id));
    const moved = reached.filter(id => !isKept(btf, id));
    const ids = newIds(btf, kept, moved);
    const names = new NameMover(btf.strings);
    const name = (offset: number) => names.move(offset);

    const baseWords = concat(kept.map(id => outline(btf, id)));
    rename(baseWords, name);
    renumber(baseWords, ids);
    const boundary = names.end;
    const splitWords = concat([btf.words, ...moved.map(id => recordOf(btf, id))]);
    rename(splitWords, name);
    renumber(splitWords, ids);

    const strings = names.take();
    const options = {
      littleEndian: btf.littleEndian,
      headerLength: btf.header.headerLength > CLASSIC_HEADER ? LAYOUT_HEADER : CLASSIC_HEADER,
    } as const;
    const layout = btf.layout.length > 0 && hasOpenKinds(btf) ? builtinLayout(KINDS.length) : [];
    return {
      split: assemble({ words: splitWords, strings: strings.subarray(boundary) }, { ...options, layout }),
      base: assemble({ words: baseWords, strings: strings.subarray(0, boundary) }, options),
    };
  });
}

/** Whether a type goes into the distilled base. A name at an offset counts as one, even where it is empty. */
function isKept(btf: Btf, id: TypeId): boolean {
  switch (btf.kind(id)) {
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.FWD:
      return true;
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.ENUM:
    case Kind.ENUM64:
      return btf.nameOff(id) !== 0;
    default:
      return false;
  }
}

/** By old id: the distilled base comes first, then the own types, then those that move. */
function newIds(btf: Btf, kept: readonly TypeId[], moved: readonly TypeId[]): Uint32Array {
  const ids = new Uint32Array(btf.endId);
  let next: TypeId = 1;
  for (const id of kept) ids[id] = next++;
  for (let id = btf.startId; id < btf.endId; id++) ids[id] = next++;
  for (const id of moved) ids[id] = next++;
  return ids;
}

/** The record of a type as the distilled base has it (libbpf's btf_add_distilled_types). */
function outline(btf: Btf, id: TypeId): Uint32Array {
  const kind = btf.kind(id);
  const size = btf.sizeOrType(id);
  switch (kind) {
    case Kind.STRUCT:
    case Kind.UNION:
      return Uint32Array.of(btf.nameOff(id), infoOf(kind, 0, false), size);
    case Kind.ENUM:
    case Kind.ENUM64:
      if (size !== 1 && size !== 2 && size !== 4 && size !== 8) throw wrongSize(btf, id, size);
      return Uint32Array.of(btf.nameOff(id), infoOf(Kind.ENUM, 0, false), size);
    default:
      return recordOf(btf, id);
  }
}

function wrongSize(btf: Btf, id: TypeId, size: number): DistillError {
  const problem = `enum '${btf.typeName(id)}' [${id}] of the base has size ${size}, expected 1, 2, 4 or 8`;
  return new DistillError(btf.name, problem, id);
}

function concat(records: readonly Uint32Array[]): Uint32Array {
  const words = new Uint32Array(records.reduce((sum, record) => sum + record.length, 0));
  let at = 0;
  for (const record of records) {
    words.set(record, at);
    at += record.length;
  }
  return words;
}

function hasOpenKinds(btf: Btf): boolean {
  return btf.offsets.some(at => kindOf(btf.words[at + 1]) >= FIRST_OPEN_KIND);
}
