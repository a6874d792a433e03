import { findHoles } from './holes.js';
import type { Model } from './model.js';
import type { Composite, Holes, Member } from './types.js';

/** How a struct would be if its members filled its holes. */
export interface Proposal {
  readonly type: Composite;
  /** Bytes; below 0 where the rules made it bigger. */
  readonly saved: number;
  readonly savedCachelines: number;
}

export function reorganize(type: Composite, model: Model): Proposal {
  model.holes(type);
  const mover = new Mover(type.copy(), model.sizes.pointer);
  mover.run();
  const { size } = mover.type;
  return {
    type: mover.type,
    saved: (type.size - size) | 0,
    savedCachelines:
      model.cachelines(model.sizes.size(type)) - model.cachelines(model.sizes.size(mover.type)),
  };
}

/**
 * Moves members into holes, one at a time, until none fits (pahole dwarves_reorganize.c, class__reorganize).
 * Bitfields stay where they are.
 */
class Mover {
  readonly type: Composite;
  private readonly pointer: number;
  private holes: Holes;

  constructor(type: Composite, pointer: number) {
    this.type = type;
    this.pointer = pointer;
    this.holes = type.holes!;
  }

  run(): void {
    // Compilers' structs take fewer moves than they have members; where members overlap there may be no end to it.
    const most = this.type.members.length * 8;
    for (let moves = 0; moves < most && this.step(); moves++);
  }

  /** Whether a member was moved. */
  private step(): boolean {
    if (this.type.members.length === 0) return false;
    this.trimEnd();
    return this.combineHoles() || (this.holes.count !== 0 && this.fillFromEnd());
  }

  /** As much padding as the biggest member with its hole asks for, where that is not more than a pointer. */
  private trimEnd(): void {
    const { members } = this.type;
    let most = 0;
    for (const { byteSize, hole } of members) {
      const taken = byteSize + hole;
      if (taken <= this.pointer && taken > most) most = taken;
    }
    if (most === 0) return;
    const alignment = most > 1 ? most + (most % 2) : 1;
    const last = members.at(-1)!;
    const end = last.byteOffset + last.byteSize;
    const past = end % alignment;
    const padding = past === 0 ? 0 : this.pointer - past;
    if (padding === this.holes.padding) return;
    this.holes.padding = padding;
    this.type.size = (end + padding) >>> 0;
  }

  private combineHoles(): boolean {
    const { members } = this.type;
    const last = members.at(-1)!;
    for (let i = 0; i < members.length; i++) {
      const member = members[i]!;
      if (member.hole === 0) continue;
      const other = this.nextWithHole(i, roomOf(member));
      // One that comes next may be aligned there on purpose.
      if (other > i + 1 && this.move(other, i, false)) return true;
      const fits = last.byteSize !== 0 && last.byteSize <= roomOf(member);
      if (this.holes.padding > 0 && member !== last && fits && this.move(members.length - 1, i, true))
        return true;
    }
    return false;
  }

  private fillFromEnd(): boolean {
    const { members } = this.type;
    for (let i = 0; i < members.length; i++) {
      if (members[i]!.hole === 0) continue;
      const other = this.lastThatFits(i, roomOf(members[i]!));
      if (other > i + 1 && this.move(other, i, false)) return true;
    }
    return false;
  }

  /** The first member after `from` that fits into `room` and has a hole after it, or the first of its bitfields; -1. */
  private nextWithHole(from: number, room: number): number {
    const { members } = this.type;
    let head = -1;
    for (let i = from + 1; i < members.length; i++) {
      const { bitfieldSize, hole, byteSize } = members[i]!;
      if (bitfieldSize === 0) head = -1;
      else if (head < 0) head = i;
      if (hole !== 0 && byteSize !== 0 && byteSize <= room) return head < 0 ? i : head;
    }
    return -1;
  }

  /** The last member after `to` that fits into `room`; of bitfields the first. -1 where there is none. */
  private lastThatFits(to: number, room: number): number {
    const { members } = this.type;
    for (let i = members.length - 1; i > to; i--) {
      const { bitfieldSize, byteOffset, byteSize } = members[i]!;
      if (bitfieldSize !== 0 && byteOffset !== 0 && members[i - 1]!.bitfieldSize !== 0) continue;
      if (byteSize !== 0 && byteSize <= room) return i;
    }
    return -1;
  }

  /**
   * Moves member number `from` behind number `to`. (pahole keeps the offset in 16 bits on the way, and makes nonsense of
   * structs of more than 64 KiB.)
   */
  private move(from: number, to: number, isPadding: boolean): boolean {
    const { type, pointer } = this;
    const { members } = type;
    const member = members[from]!;
    const dest = members[to]!;
    if (member.bitfieldSize !== 0) return false;
    const wasLast = from === members.length - 1;
    const oldOffset = member.byteOffset;
    const hole = roomOf(member);
    const align = member.byteSize > pointer ? pointer : member.byteSize;
    const offset = dest.byteOffset + dest.byteSize + remainder(dest.hole, align);
    const before = members[from - 1]!;
    members.splice(from, 1);
    members.splice(to + 1, 0, member);
    place(member, offset);

    const freed = member.byteSize + this.holes.padding;
    if (isPadding) {
      if (oldOffset % pointer === 0) type.size = (type.size - freed) >>> 0;
    } else if (wasLast) {
      type.size = (type.size - freed) >>> 0;
    } else if (hole + member.byteSize >= pointer) {
      type.size = (type.size - pointer) >>> 0;
      for (const later of members.slice(members.indexOf(before) + 1)) {
        later.byteOffset = (later.byteOffset - pointer) >>> 0;
        later.bitOffset = (later.bitOffset - pointer * 8) >>> 0;
      }
    }
    this.holes = findHoles(type);
    return true;
  }
}

function place(member: Member, offset: number): void {
  member.byteOffset = offset;
  member.bitOffset = offset * 8 + member.bitfieldOffset;
}

/** A negative hole is a huge one, as unsigned numbers have it. */
function roomOf({ hole }: Member): number {
  return hole < 0 ? Infinity : hole;
}

function remainder(hole: number, align: number): number {
  return Number(BigInt.asUintN(64, BigInt(hole)) % BigInt(align));
}
