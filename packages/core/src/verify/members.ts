import { Kind } from '../btf/kinds.js';
import type { Verifier } from './verifier.js';
import { isIn, MODIFIERS, type Walk } from './walk.js';

/** btf_type_int_is_regular: no bit field, and as wide as a C integer. `data` is the INT's fourth word. */
export function isRegularInt(data: number): boolean {
  const bits = data & 0xff;
  return (
    ((data >>> 16) & 0xff) === 0 && (bits === 8 || bits === 16 || bits === 32 || bits === 64 || bits === 128)
  );
}

/** The member of a struct or union that is being looked at. */
export class Member {
  /** The struct's record. */
  readonly at: number;
  readonly kflag: boolean;
  row = 0;
  name = 0;
  type = 0;
  /** As it is written: with the size of the bit field in it where kflag is set. */
  offset = 0;

  constructor(at: number, kflag: boolean) {
    this.at = at;
    this.kflag = kflag;
  }

  read(words: Uint32Array, index: number): this {
    this.row = this.at + 3 + 3 * index;
    this.name = words[this.row]!;
    this.type = words[this.row + 1]!;
    this.offset = words[this.row + 2]!;
    return this;
  }
}

/** Whether members fit into their struct: the check_member and check_kflag_member of their kinds. Throws Breach. */
export class MemberCheck {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  private readonly walk: Walk;

  constructor(verifier: Verifier, walk: Walk) {
    this.verifier = verifier;
    this.words = verifier.btf.words;
    this.walk = walk;
  }

  refuse(member: Member, problem: string, word: number): never {
    const { verifier } = this;
    verifier.logMember(member.at, member.name, member.type, member.offset, problem);
    return verifier.breach(member.at, problem, member.row + word);
  }

  /** A member that the walk came back from. */
  checkAgain(member: Member): void {
    const { walk, verifier } = this;
    const found = verifier.rules.wideMembers ? member.type : member.type & 0xffff;
    if (walk.isResolved(found)) this.check(member, found);
    else
      verifier.breach(member.at, 'The kernel finds the type of the member by 16 bits only', member.row + 1);
  }

  /** `found` is what the kernel takes for the member's type, another one only where it has lost bits of the id. */
  check(member: Member, found = member.type): void {
    const { walk, words } = this;
    let type = found;
    if (isIn(MODIFIERS, walk.kinds[type]!)) {
      type = walk.sizedId(member.type);
      if (type < 0) this.refuse(member, 'Invalid member', 1);
      // From here on the log speaks of the type that was found.
      member.type = type;
    }
    const kind = walk.kinds[type]!;
    const at = walk.records[type]!;
    if (kind === Kind.INT) {
      if (member.kflag) this.kflagInt(member, words[at + 3]!);
      else this.int(member, words[at + 3]!);
    } else if (member.kflag && (kind === Kind.ENUM || kind === Kind.ENUM64)) {
      this.kflagEnum(member);
    } else {
      if (member.kflag && member.offset >>> 24 !== 0) {
        this.refuse(member, 'Invalid member bitfield_size', 2);
      }
      if (kind === Kind.FLOAT) this.float(member, words[at + 2]!);
      else this.aligned(member, this.room(type));
    }
  }

  private room(type: number): number {
    const kind = this.walk.kinds[type]!;
    const isEnum = kind === Kind.ENUM || kind === Kind.ENUM64;
    return isEnum && !this.verifier.rules.enumsBySize ? 4 : this.walk.sizeOf(type);
  }

  private structSize(member: Member): number {
    return this.words[member.at + 2]!;
  }

  /** Pointers, arrays, structs, enums. */
  private aligned(member: Member, size: number): void {
    if (member.offset % 8 !== 0) this.refuse(member, 'Member is not byte aligned', 2);
    if ((this.structSize(member) - (member.offset >>> 3)) >>> 0 < size) {
      this.refuse(member, 'Member exceeds struct_size', 2);
    }
  }

  private int(member: Member, data: number): void {
    const offset = member.offset + ((data >>> 16) & 0xff);
    if (offset > 0xffffffff) this.refuse(member, 'bits_offset exceeds U32_MAX', 2);
    this.fits(member, offset, data & 0xff);
  }

  private kflagInt(member: Member, data: number): void {
    if (!isRegularInt(data)) this.refuse(member, 'Invalid member base type', 1);
    const offset = member.offset & 0xffffff;
    let bits = member.offset >>> 24;
    if (bits === 0) {
      if (offset % 8 !== 0) this.refuse(member, 'Invalid member offset', 2);
      bits = data & 0xff;
    } else if (bits > (data & 0xff)) this.refuse(member, 'Invalid member bitfield_size', 2);
    this.fits(member, offset, bits);
  }

  /** `bits` bits from `offset` on are read at once, in whole bytes. */
  private fits(member: Member, offset: number, bits: number): void {
    const most = this.verifier.rules.maxIntBits;
    const size = this.structSize(member);
    const copied = bits + (offset % 8);
    const start = offset >>> 3;
    if (copied > most) this.refuse(member, `nr_copy_bits exceeds ${most}`, 2);
    if (size < start || size - start < (copied + 7) >>> 3) {
      this.refuse(member, 'Member exceeds struct_size', 2);
    }
  }

  private kflagEnum(member: Member): void {
    const offset = member.offset & 0xffffff;
    let bits = member.offset >>> 24;
    if (bits === 0) {
      if (offset % 8 !== 0) this.refuse(member, 'Member is not byte aligned', 2);
      bits = 32;
    } else if (bits > 32) this.refuse(member, 'Invalid member bitfield_size', 2);
    if (this.structSize(member) < (offset + bits + 7) >>> 3) {
      this.refuse(member, 'Member exceeds struct_size', 2);
    }
  }

  private float(member: Member, size: number): void {
    const alignment = 8 * Math.min(this.verifier.pointerSize, size);
    if (member.offset % alignment !== 0) this.refuse(member, 'Member is not properly aligned', 2);
    if (Math.floor(member.offset / 8) + size > this.structSize(member)) {
      this.refuse(member, 'Member exceeds struct_size', 2);
    }
  }
}
