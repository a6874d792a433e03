import { type Btf, Kind } from '../btf/index.js';
import { wordBytes } from '../btf/words.js';
import { locate } from '../bytes/errors.js';
import { rename, renumber } from '../rewrite/fields.js';
import { markEmbedded } from './embedded.js';
import { DistillError } from './error.js';
import { EMBEDDED, matchBase } from './match.js';
import { checkOwnTypes } from './own-types.js';

export interface Relocated {
  /** The split BTF for the target. Only words of its type section differ from the input. */
  readonly split: Uint8Array;
  /**
   * New id by old id, of the distilled base and of the split BTF (the kernel's base_id_map): for ids that stand
   * elsewhere, as those of `.BTF_ids` do.
   */
  readonly ids: Uint32Array;
}

/**
 * Moves split BTF from the distilled base that it was parsed on to a real one: libbpf's btf__relocate, and what the
 * kernel does with a module that has `.BTF.base` (6.11 and later; before 6.12.13 and 6.13.2 it looked at too few
 * types when it asked which structs are held by value, and let some of other sizes pass). Types of the distilled base
 * are found in the target by name, kind and, where the layout depends on it, size.
 *
 * Byte order, header, order of sections and strings stay. Unlike libbpf's, the target may be split BTF itself.
 * `split` and its base are such whose references were checked when they were parsed, which is the default; of the
 * target only names are looked at.
 *
 * Throws DistillError where libbpf returns -EINVAL or -ENOENT, with the line that it prints: a distilled base that is
 * none, a type of it with no match or several, a name that is no type's.
 */
export function relocate(split: Btf, target: Btf): Relocated {
  return locate({ file: split.name }, () => {
    const { base } = split;
    if (base === null || base === target) {
      throw new DistillError(split.name, 'does not stand on a distilled base');
    }
    validateDistilledBase(split, base);
    const ids = new Uint32Array(split.endId);
    for (let id = split.startId; id < split.endId; id++) ids[id] = id - split.startId + target.endId;
    markEmbedded(split, id => {
      ids[id] = EMBEDDED;
    });
    const names = new Map<number, number>();
    matchBase(split, target, ids, names);

    checkOwnTypes(split);
    const words = split.words.slice();
    renumber(words, ids);
    rename(words, nameMover(split, names, target.strings.end));
    const bytes = split.bytes.slice();
    const { headerLength, typeOffset } = split.header;
    bytes.set(wordBytes(words, split.littleEndian), headerLength + typeOffset);
    return { split: bytes, ids };
  });
}

/** libbpf's btf_relocate_validate_distilled_base. */
function validateDistilledBase(split: Btf, base: Btf): void {
  for (let id = 1; id < base.endId; id++) {
    const kind = base.kind(id);
    switch (kind) {
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.ENUM:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.FWD:
        if (base.nameOff(id) !== 0) break;
        throw new DistillError(
          split.name,
          `type [${id}], kind [${kind}] is invalid for distilled base BTF; it is anonymous`,
          id,
        );
      default:
        throw new DistillError(
          split.name,
          `type [${id}] in distilled based BTF has unexpected kind [${kind}]`,
          id,
        );
    }
  }
}

/** Own strings move up behind those of the target; names that the distilled base holds are found in the target. */
function nameMover(split: Btf, names: Map<number, number>, targetEnd: number): (offset: number) => number {
  const { start } = split.strings;
  return offset => {
    if (offset >= start) return offset - start + targetEnd;
    const found = names.get(offset);
    if (found !== undefined) return found;
    // libbpf prints the string at offset 0 here, which is always empty.
    const problem = `string '' [offset ${offset}] is not mapped to base BTF`;
    throw new DistillError(split.name, problem, undefined, 'ENOENT');
  };
}
