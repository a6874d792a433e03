import type { Model } from './model.js';
import type { Composite } from './types.js';

/** Sums over the members of a struct, as pahole prints them below it. Bytes unless the name says bits. */
export interface Statistics {
  readonly members: number;
  readonly cachelines: number;
  /** Of members that are no bitfields. */
  readonly sumMembers: number;
  readonly sumBitfieldBits: number;
  readonly holes: number;
  readonly sumHoles: number;
  readonly bitHoles: number;
  readonly sumBitHoles: number;
  readonly padding: number;
  readonly bitPadding: number;
  /** Members that are structs and have such a thing within. */
  readonly within: Within;
  readonly forcedAlignments: number;
  /** Holes before members with a forced alignment. */
  readonly forcedHoles: number;
  readonly sumForcedHoles: number;
  /** Bytes in the last cache line; 0 when it is full. */
  readonly lastCacheline: number;
  /** Bits that the sums above do not explain; members overlap where it is not 0. */
  readonly unexplainedBits: number;
}

export interface Within {
  withHoles: number;
  holes: number;
  withBitHoles: number;
  bitHoles: number;
  paddings: number;
  sumPaddings: number;
  bitPaddings: number;
  sumBitPaddings: number;
  /** Ends in an array without a length. */
  openEnds: number;
  /** Contains a struct that does. */
  openMembers: number;
}

export function statisticsOf(type: Composite, model: Model): Statistics {
  const { count, bitCount, first, firstBits, padding, bitPadding } = model.holes(type);
  let sumMembers = 0;
  let sumBitfieldBits = 0;
  let sumHoles = first;
  let sumBitHoles = firstBits;
  let forcedAlignments = 0;
  let forcedHoles = 0;
  let sumForcedHoles = 0;
  let before = first;
  for (const member of type.members) {
    if (member.bitfieldSize !== 0) sumBitfieldBits += member.bitfieldSize;
    else sumMembers += member.byteSize;
    sumHoles += Math.max(member.hole, 0);
    sumBitHoles += member.bitHole;
    if (member.alignment !== 0) {
      forcedAlignments++;
      if (before !== 0) forcedHoles++;
      sumForcedHoles += before;
    }
    before = member.hole;
  }
  const explained = (sumMembers + sumHoles + padding) * 8 + sumBitfieldBits + sumBitHoles + bitPadding;
  return {
    members: type.members.length,
    cachelines: model.cachelines(model.sizes.size(type)),
    sumMembers: sumMembers >>> 0,
    sumBitfieldBits,
    holes: count,
    sumHoles: sumHoles >>> 0,
    bitHoles: bitCount,
    sumBitHoles,
    padding,
    bitPadding,
    within: withinOf(type, model),
    forcedAlignments,
    forcedHoles,
    sumForcedHoles: sumForcedHoles >>> 0,
    lastCacheline: type.size % model.cacheline,
    unexplainedBits: (type.size * 8 - explained) | 0,
  };
}

function withinOf(type: Composite, model: Model): Within {
  const within: Within = {
    withHoles: 0,
    holes: 0,
    withBitHoles: 0,
    bitHoles: 0,
    paddings: 0,
    sumPaddings: 0,
    bitPaddings: 0,
    sumBitPaddings: 0,
    openEnds: 0,
    openMembers: 0,
  };
  for (const inner of model.structMembers(type)) {
    const { count, bitCount, padding, bitPadding } = model.holes(inner);
    within.holes += count;
    within.withHoles += Math.min(count, 1);
    within.bitHoles += bitCount;
    within.withBitHoles += Math.min(bitCount, 1);
    within.sumPaddings += padding;
    within.paddings += Math.min(padding, 1);
    within.sumBitPaddings += bitPadding;
    within.bitPaddings += Math.min(bitPadding, 1);
    if (model.endsOpen(inner)) within.openEnds++;
    if (model.hasOpenMember(inner)) within.openMembers++;
  }
  return within;
}

/** What is said of a struct member after it, such as "1 hole"; null where there is nothing. */
export function remarksOn(type: Composite, model: Model): string | null {
  const { count, bitCount, padding, bitPadding } = model.holes(type);
  const remarks: string[] = [];
  if (model.endsOpen(type)) remarks.push('a flexible array');
  if (model.hasOpenMember(type)) remarks.push('embedded flexible array(s)');
  if (padding !== 0) remarks.push(`${plural(padding, 'byte')} of padding`);
  if (bitPadding !== 0) remarks.push(`${plural(bitPadding, 'bit')} of padding`);
  if (count !== 0) remarks.push(plural(count, 'hole'));
  if (bitCount !== 0) remarks.push(plural(bitCount, 'bit hole'));
  return remarks.length === 0 ? null : remarks.join(', ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The comments below a struct, each a line without its indent. */
export function statisticsLines(of: Statistics, type: Composite): string[] {
  const lines = [`size: ${type.size | 0}, cachelines: ${of.cachelines}, members: ${of.members & 0xffff}`];
  const { within } = of;
  if (of.sumHoles > 0 || of.sumBitHoles > 0) {
    if (of.sumMembers > 0) {
      const holes = of.sumHoles > 0 ? `, holes: ${of.holes}, sum holes: ${of.sumHoles}` : '';
      lines.push(`sum members: ${of.sumMembers}${holes}`);
    }
    if (of.sumBitfieldBits > 0) {
      const holes =
        of.sumBitHoles > 0
          ? `, bit holes: ${of.bitHoles}, sum bit holes: ${of.sumBitHoles} bits`
          : ` (${of.sumBitfieldBits >>> 3} bytes)`;
      lines.push(`sum bitfield members: ${of.sumBitfieldBits} bits${holes}`);
    }
  }
  if (of.padding > 0) lines.push(`padding: ${of.padding}`);
  const kinds: string[] = [];
  if (within.withHoles > 0) kinds.push(`holes: ${within.withHoles}, total: ${within.holes}`);
  if (within.withBitHoles > 0) kinds.push(`bit holes: ${within.withBitHoles}, total: ${within.bitHoles}`);
  if (within.bitPaddings > 0)
    kinds.push(`bit paddings: ${within.bitPaddings}, total: ${plural(within.sumBitPaddings, 'bit')}`);
  if (kinds.length > 0) lines.push(`member types with ${kinds.join(', ')}`);
  if (within.paddings > 0) lines.push(`paddings: ${within.paddings}, sum paddings: ${within.sumPaddings}`);
  if (of.bitPadding > 0) lines.push(`bit_padding: ${of.bitPadding} bits`);
  if (of.forcedAlignments > 0) {
    const holes =
      of.forcedHoles > 0 ? `, forced holes: ${of.forcedHoles}, sum forced holes: ${of.sumForcedHoles}` : '';
    lines.push(`forced alignments: ${of.forcedAlignments}${holes}`);
  }
  const arrays: string[] = [];
  if (within.openEnds > 0) arrays.push(`end: ${within.openEnds}`);
  if (within.openMembers > 0) arrays.push(`middle: ${within.openMembers}`);
  if (arrays.length > 0) lines.push(`flexible array members: ${arrays.join(', ')}`);
  return lines;
}
