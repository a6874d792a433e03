import { Kind } from '../btf/index.js';
import type { Sizes } from './sizes.js';
import { type Composite, type Holes, isStruct, type Member } from './types.js';

/**
 * Finds the unused bytes and bits of a struct whose members are placed, and notes them in the members. Bits that a
 * bitfield's integer has left over are bit holes (pahole dwarves.c, class__find_holes, with its widths: counts and
 * bits are bytes, padding has 16 bits).
 */
export function findHoles(type: Composite): Holes {
  let count = 0;
  let bitCount = 0;
  let first = 0;
  let firstBits = 0;
  let last: Member | undefined;
  const fields = new Bitfields(type.size * 8);
  /** One past the last bit that is in use or found to be unused. */
  let seen = 0;
  for (const member of type.members) {
    member.hole = 0;
    member.bitHole = 0;
    const start = member.bitOffset;
    const end = (start + (member.bitfieldSize || member.byteSize * 8)) >>> 0;
    let bits = 0;
    let bytes = 0;
    if (fields.isOpen) {
      const until = Math.min(start, fields.end);
      bits = until - seen;
      seen = until;
    }
    if (member.bitfieldSize !== 0) {
      const aligned = (member.byteOffset * 8) >>> 0;
      if (seen < aligned && aligned <= start) {
        bytes = member.byteOffset - (seen >>> 3);
        seen = aligned;
      }
      bits += start - seen;
      fields.add(member, end);
    } else {
      bytes = (start >>> 3) - (seen >>> 3);
      fields.close(end);
    }
    seen = end;
    if (last === undefined) {
      first = bytes & 0xffff;
      firstBits = bits & 255;
    } else {
      last.hole = bytes;
      last.bitHole = bits & 255;
    }
    if (bits !== 0) bitCount++;
    if (bytes > 0) count++;
    last = member;
  }

  let bitPadding = 0;
  if (fields.isOpen) {
    const until = Math.min(type.size * 8, fields.end);
    bitPadding = (until - seen) & 255;
    seen = until;
  }
  const padding = (type.size - (seen >>> 3)) & 0xffff;
  type.holes = { count: count & 255, bitCount: bitCount & 255, first, firstBits, padding, bitPadding };
  return type.holes;
}

/** The run of bitfields that share an integer. */
class Bitfields {
  isOpen = false;
  /** One past the last bit of the integer. */
  end: number;
  private size = 0;

  constructor(end: number) {
    this.end = end;
  }

  add(member: Member, end: number): void {
    this.isOpen = true;
    const bits = member.byteSize * 8;
    if (end <= this.end && bits <= this.size) return;
    this.size = bits;
    this.end = (member.byteOffset * 8 + bits) >>> 0;
    // A bitfield that began in the integer before this one ends in the next.
    if (end > this.end) this.end = (this.end + bits) >>> 0;
  }

  close(end: number): void {
    this.isOpen = false;
    this.size = 0;
    this.end = end;
  }
}

/** Whether the last member is an array without a length. */
export function endsOpen(type: Composite, sizes: Sizes): boolean {
  const last = type.members.at(-1);
  const lastType = last === undefined ? null : sizes.types.get(last.type);
  return lastType?.kind === Kind.ARRAY && lastType.length === 0;
}

/** Which structs have one that ends in an array without a length among their members, at any depth. */
export class OpenMembers {
  private readonly known = new Map<Composite, boolean>();
  private readonly sizes: Sizes;

  constructor(sizes: Sizes) {
    this.sizes = sizes;
  }

  has(type: Composite): boolean {
    let answer = this.known.get(type);
    if (answer === undefined) {
      // A struct that contains itself has been refused when its members were placed.
      answer = type.members.some(member => {
        const inner = this.sizes.strip(member.type);
        return isStruct(inner) && (endsOpen(inner, this.sizes) || this.has(inner));
      });
      this.known.set(type, answer);
    }
    return answer;
  }
}
