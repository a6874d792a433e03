import { Kind } from '../btf/index.js';
import type { Sizes } from './sizes.js';
import type { Composite, Member } from './types.js';

/**
 * Completes the members of a struct or union: sizes, the integers that hold bitfields, and the alignments that only
 * an attribute explains (pahole btf_loader.c, class__fixup_btf_bitfields).
 */
export function place(type: Composite, sizes: Sizes, cacheline: number): void {
  if (type.isPlaced) return;
  /** First byte that no member before has. */
  let end = 0;
  for (const member of type.members) {
    const memberType = sizes.strip(member.type);
    if (memberType === null) {
      throw sizes.types.error(
        type.id,
        `member ${member.name ?? '(anon)'} is void, expected a type with a size`,
      );
    }
    member.byteSize = sizes.size(memberType);
    const holdsBits = memberType.kind === Kind.INT || memberType.kind === Kind.ENUM;
    if (member.byteSize !== 0 && member.bitfieldSize !== 0 && holdsBits) placeBitfield(member);
    const natural = sizes.natural(memberType);
    member.alignment = attributeOf(member.byteOffset, natural, end, cacheline);
    if (member.byteSize === 0) continue;
    const { bitfieldSize, bitfieldOffset } = member;
    end =
      member.byteOffset +
      (bitfieldSize === 0 ? member.byteSize : Math.trunc((bitfieldOffset + bitfieldSize + 7) / 8));
  }
  type.alignment = attributeOf(type.size, sizes.natural(type), end, cacheline);
  type.isPlaced = true;
}

function placeBitfield(member: Member): void {
  const bits = member.byteSize * 8;
  member.byteOffset = (Math.floor(member.bitOffset / bits) * bits) >>> 3;
  // pahole keeps 8 bits of this, and takes one past 127 as one that the integer before holds.
  member.bitfieldOffset = ((member.bitOffset - member.byteOffset * 8) << 24) >> 24;
  if (member.bitfieldOffset >= 0) return;
  member.bitfieldOffset = ((member.bitfieldOffset + bits) << 24) >> 24;
  member.byteOffset = (member.byteOffset - member.byteSize) >>> 0;
  member.bitOffset = (member.byteOffset * 8 + member.bitfieldOffset) >>> 0;
}

/**
 * The `aligned` attribute that explains why something does not begin at `end`, where all before it has ended: the
 * smallest power of two above the gap; a cache line, where the offset allows that. 0 where the natural alignment is
 * enough (btf_loader.c, class__infer_alignment).
 */
function attributeOf(offset: number, natural: number, end: number, cacheline: number): number {
  const gap = (offset - end) >>> 0;
  if (gap === 0 || offset % 2 !== 0) return 0;
  // Where things overlap the gap is a huge one, and the shift leaves 1.
  const alignment = (1 << (32 - Math.clz32(gap))) >>> 0;
  if (alignment <= natural || alignment === 1) return 0;
  const fitsLine = alignment < cacheline && cacheline % alignment === 0 && offset % cacheline === 0;
  return fitsLine ? cacheline : alignment;
}
