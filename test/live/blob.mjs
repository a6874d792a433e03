// A blob taken apart for changing: words and strings as lists, and what each word is.
import { KINDS, Kind, kindOf, Third, vlenOf } from '../../packages/core/dist/btf/index.js';

const HEADER = 24;

/** Of a kind that is none, a record is its three words. */
export const shapeOf = kind => KINDS[kind] ?? KINDS[Kind.UNKN];

/** Roles of the words that the table of kinds does not name, extra words and then those of an element. */
const OTHER_ROLES = {
  [Kind.INT]: [['int'], []],
  [Kind.ARRAY]: [['type', 'type', 'count'], []],
  [Kind.STRUCT]: [[], ['name', 'type', 'bits']],
  [Kind.UNION]: [[], ['name', 'type', 'bits']],
  [Kind.ENUM]: [[], ['name', 'value']],
  [Kind.FUNC_PROTO]: [[], ['name', 'type']],
  [Kind.VAR]: [['count'], []],
  [Kind.DATASEC]: [[], ['type', 'size', 'size']],
  [Kind.DECL_TAG]: [['component'], []],
  [Kind.ENUM64]: [[], ['name', 'value', 'value']],
};

export class Blob {
  /** @param {import('../../packages/core/dist/btf/index.js').Btf} btf stands on no base */
  constructor(btf) {
    this.words = Array.from(btf.words);
    this.strings = Array.from(btf.strings.bytes);
    /** Changes to the bytes that come out in the end, in turn: (bytes) => bytes. */
    this.afterwards = [];
  }

  /** The records as the words have them now: { id, at, kind, vlen, length }. */
  records() {
    const { words } = this;
    const records = [];
    for (let at = 0; at + 3 <= words.length; ) {
      const kind = kindOf(words[at + 1]);
      const vlen = vlenOf(words[at + 1]);
      const { extra, element } = shapeOf(kind);
      const length = 3 + extra + element * vlen;
      if (at + length > words.length) break;
      records.push({ id: records.length + 1, at, kind, vlen, length });
      at += length;
    }
    return records;
  }

  /** Words of a record with what they are: [{ at, role }]. */
  slots({ at, kind, length }) {
    const { third, extra, element } = shapeOf(kind);
    const [extras, elements] = OTHER_ROLES[kind] ?? [[], []];
    const roles = ['name', 'info', third === Third.TYPE ? 'type' : 'size', ...extras];
    return Array.from({ length }, (_, i) => ({
      at: at + i,
      role: roles[i] ?? elements[(i - 3 - extra) % element] ?? 'value',
    }));
  }

  /** Offset of a string, which is appended unless it is there. */
  string(text) {
    const wanted = [...Buffer.from(text, 'latin1'), 0];
    this.strings.push(...wanted);
    return this.strings.length - wanted.length;
  }

  /** The blob with all that was changed. */
  bytes() {
    const typeLength = this.words.length * 4;
    let bytes = new Uint8Array(HEADER + typeLength + this.strings.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x0001eb9f, true);
    [HEADER, 0, typeLength, typeLength, this.strings.length, ...this.words].forEach((word, i) => {
      view.setUint32(4 + 4 * i, word, true);
    });
    bytes.set(this.strings, HEADER + typeLength);
    for (const change of this.afterwards) bytes = change(bytes);
    return bytes;
  }
}
