import {
  type DieReader,
  PLAN_INDEX_SHIFT,
  PLAN_LEAD,
  PLAN_SIZE_SHIFT,
  PLAN_STRIDE,
  PLAN_WIDTH_SHIFT,
  Row,
} from '../dwarf/index.js';
import type { DieAttributes } from './die-attributes.js';
import type { NameTokens } from './name-tokens.js';
import type { Names } from './names.js';
import { NO_NAME, type UnitTypes, VOID_REFERENCE } from './unit-types.js';

/** Inline names of up to three bytes, which compilers do not put into `.debug_str`, by these bytes as a number. */
class ShortNames {
  private readonly names: Names;
  private readonly keys = new Int32Array(4096);
  private readonly tokens = new Int32Array(4096);

  constructor(names: Names) {
    this.names = names;
  }

  /** The token of the name whose bytes, the first in the highest place, make up `key`. */
  token(key: number, bytes: Uint8Array, at: number): number {
    const slot = (Math.imul(key, 0x9e3779b1) >>> 20) & 4095;
    if (this.keys[slot] !== key) {
      this.tokens[slot] = ~this.names.intern(bytes, at);
      this.keys[slot] = key;
    }
    return this.tokens[slot]!;
  }
}

/** In bytes: BTF counts bits, in 32 of them. */
const MAX_MEMBER_OFFSET = 0x1fffffff;

/**
 * Reads the members, enumerators and parameters that have a plan (dwarf/plans.ts) straight into the member columns.
 * One loop over everything it needs: most of all DIEs pass through it. Its numbers stay within 32 signed bits, which V8
 * keeps as integers.
 */
export class PlainRows {
  private readonly attributes: DieAttributes;
  private readonly reader: DieReader;
  private readonly types: UnitTypes;
  private readonly names: Names;
  private readonly tokens: NameTokens;
  private readonly shortNames: ShortNames;

  constructor(attributes: DieAttributes, types: UnitTypes, names: Names, tokens: NameTokens) {
    this.attributes = attributes;
    this.reader = attributes.reader;
    this.types = types;
    this.names = names;
    this.tokens = tokens;
    this.shortNames = new ShortNames(names);
  }

  /**
   * Adds rows for as long as DIEs follow that are one of `accept` (bits of Row). Leaves the reader at the first other
   * one, or one that is malformed: the general way says what is wrong with it.
   */
  read(accept: number): void {
    const { reader, types } = this;
    const { bytes, view, little, table, unitEnd } = reader;
    const { plans } = reader.shapes;
    const nameLimit = this.tokens.limit;
    const referenceLimit = unitEnd - reader.unitStart;
    const { offsetBase } = this.attributes;
    let pos = reader.pos;
    let row = types.memberCount;
    for (;;) {
      let at = pos;
      let code = bytes[at++]!;
      if (code >= 0x80) {
        const next = bytes[at++];
        // Codes of three bytes are rare enough to go the general way.
        if (next >= 0x80) break;
        code = (code & 0x7f) | (next << 7);
      }
      // Unknown codes have no plan.
      if (code >= table.length) break;
      const plan = table[code] * PLAN_STRIDE;
      const head = plans[plan];
      if ((head & accept) === 0) break;
      let name = NO_NAME;
      if ((head & PLAN_LEAD) !== 0) {
        const start = at;
        let key = 0;
        for (let byte = bytes[at++]; byte !== 0; byte = bytes[at++]) key = (key << 8) | byte;
        const length = at - start - 1;
        if (at > unitEnd) break;
        if (length <= 3) name = this.shortNames.token(key, bytes, start);
        else name = ~this.names.intern(bytes, start);
      }
      const end = at + (head >>> PLAN_SIZE_SHIFT);
      if (end > unitEnd) break;
      const places = plans[plan + 1];
      const nameAt = (places & 0xfff) - 1;
      if (nameAt >= 0) {
        const indexed = (places >>> PLAN_INDEX_SHIFT) & 7;
        name = indexed === 0 ? view.getInt32(at + nameAt, little) : reader.indexedName(at + nameAt, indexed);
        if (name < 0 || name >= nameLimit) break;
      }
      let reference = VOID_REFERENCE;
      const typeAt = (places >>> 16) - 1;
      if (typeAt >= 0) {
        reference = view.getInt32(at + typeAt, little);
        if (reference < 0 || reference >= referenceLimit) break;
        reference += offsetBase;
      }
      let value = plans[plan + 2];
      const width = (head >>> PLAN_WIDTH_SHIFT) & 7;
      if (width === 1) value = bytes[at + value];
      else if (width === 2) value = view.getUint16(at + value, little);
      else if (width === 4) value = view.getInt32(at + value, little);
      if ((head & Row.member) !== 0) {
        if (value < 0 || value > MAX_MEMBER_OFFSET) break;
        value <<= 3;
      }
      if (row === types.memberName.length) types.reserveMembers(row + 1);
      types.memberName[row] = name;
      types.memberReference[row] = reference;
      types.memberOffset[row] = value;
      row++;
      pos = end;
    }
    reader.pos = pos;
    types.memberCount = row;
  }
}
