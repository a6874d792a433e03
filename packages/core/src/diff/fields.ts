import { kflagOf, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { endless } from '../c/sizes.js';
import { bitfieldSizeOf, bitOffsetOf, isComposite, type Side } from './side.js';

/** A member, or one of an anonymous member, as C and CO-RE name them alike. Offsets and sizes in bits. */
export interface Field {
  /** Number of its name; 0 only for what has none and no members either. */
  readonly name: number;
  /** Offset of its name in the strings. */
  readonly nameOff: number;
  readonly type: TypeId;
  readonly offset: number;
  readonly bits: number;
}

/** Anonymous members of anonymous members double with each level, if somebody wants them to. */
const MOST = 1 << 20;
/** So many levels of them. */
const DEEPEST = 64;

/**
 * The fields of a struct or union in order. Throws FormatError for more than a million, and for one that contains itself.
 */
export function fieldsOf(side: Side, id: TypeId): Field[] {
  const fields: Field[] = [];
  collect(side, id, 0, 0, fields);
  return fields;
}

function collect(side: Side, id: TypeId, start: number, depth: number, fields: Field[]): void {
  const { words } = side.types;
  const at = side.at(id);
  const kflag = kflagOf(words[at + 1]!);
  const end = at + 3 + 3 * side.vlen(id);
  for (let row = at + 3; row < end; row += 3) {
    const type = words[row + 1]!;
    const name = side.names.number(words[row]!);
    const offset = start + bitOffsetOf(words[row + 2]!, kflag);
    const inner = name === 0 ? side.skip(type, true) : 0;
    if (isComposite(side.kind(inner))) {
      if (depth === DEEPEST) throw endless(inner).within({ file: side.btf.name });
      collect(side, inner, offset, depth + 1, fields);
      continue;
    }
    if (fields.length >= MOST) {
      const where = { file: side.btf.name, section: 'types', typeId: id };
      throw new FormatError(`holds more than ${MOST} members in anonymous ones`, where);
    }
    fields.push({ name, nameOff: words[row]!, type, offset, bits: bitfieldSizeOf(words[row + 2]!, kflag) });
  }
}
