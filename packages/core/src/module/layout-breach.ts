import { type Btf, Kind, type TypeId } from '../btf/index.js';

/** No chain of modifiers and arrays is longer. */
const LONGEST_CHAIN = 32;

/** Bytes of a type, by a kernel of 64 bits; undefined where it has no size, or leads nowhere. */
function sizeOf(btf: Btf, id: TypeId): number | undefined {
  let at = id;
  let count = 1;
  for (let i = 0; i < LONGEST_CHAIN; i++) {
    if (at === 0 || at >= btf.endId) return undefined;
    switch (btf.kind(at)) {
      case Kind.INT:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FLOAT:
        return count * btf.sizeOrType(at);
      case Kind.PTR:
        return count * 8;
      case Kind.ARRAY: {
        const { words } = btf.layer(at);
        const record = btf.at(at);
        count *= words[record + 5]!;
        at = words[record + 3]!;
        break;
      }
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        at = btf.sizeOrType(at);
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** What no C compiler lays out: a member past the end of its struct, or on the next one. Bit-fields are not looked at. */
export function layoutBreach(btf: Btf, id: TypeId): string | undefined {
  const { words } = btf;
  const at = btf.at(id);
  const isStruct = btf.kind(id) === Kind.STRUCT;
  const kflag = btf.kflag(id);
  const size = btf.sizeOrType(id);
  const vlen = btf.vlen(id);
  for (let i = 0; i < vlen; i++) {
    const member = at + 3 + 3 * i;
    const place = words[member + 2]!;
    const bits = kflag ? place & 0xffffff : place;
    if ((kflag && place >>> 24 !== 0) || bits % 8 !== 0) continue;
    const bytes = sizeOf(btf, words[member + 1]!);
    if (bytes === undefined) continue;
    const end = bits / 8 + bytes;
    if (end > size) return `member ${i} ends at byte ${end} of ${size}`;
    if (!isStruct || i + 1 === vlen) continue;
    const after = words[member + 5]!;
    const isField = kflag && after >>> 24 !== 0;
    const next = kflag ? after & 0xffffff : after;
    if (!isField && next >= bits && 8 * end > next) {
      return `member ${i} ends at byte ${end}, the next begins at ${next / 8}`;
    }
  }
  return undefined;
}
