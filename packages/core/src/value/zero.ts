import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { Budget } from './budget.js';
import { readEnum } from './enums.js';
import { Errno } from './errno.js';
import type { Layout } from './layout.js';
import type { Memory } from './memory.js';

/**
 * Whether a value is zero, and so left out (btf_dump.c, btf_dump_type_data_check_zero): ENODATA if it is, 0 if not, or
 * another errno. Of a struct or union libbpf looks at the first member alone.
 */
export class ZeroCheck {
  private readonly layout: Layout;
  private readonly memory: Memory;
  private readonly budget: Budget;

  constructor(layout: Layout, memory: Memory, budget: Budget) {
    this.layout = layout;
    this.memory = memory;
    this.budget = budget;
  }

  /** `bits` is 0 where it is no bit field. */
  check(id: number, at: number, bitOffset: number, bits: number): number {
    this.budget.spend(1);
    const { layout, memory } = this;
    const { types } = layout;
    const target = layout.targetOf(id);
    switch (types.kinds[target]) {
      case Kind.INT: {
        if (bits === 0) return this.checkBytes(at, types.third(target));
        const value = memory.bitField(at, types.third(target), bitOffset, bits);
        if (typeof value === 'number') return value;
        return value === 0n ? Errno.ENODATA : 0;
      }
      case Kind.FLOAT:
        return this.checkBytes(at, types.third(target));
      case Kind.PTR:
        return this.checkBytes(at, types.pointerSize);
      case Kind.ARRAY:
        return this.budget.nested(() => this.checkArray(target, at, bitOffset));
      case Kind.STRUCT:
      case Kind.UNION:
        return this.budget.nested(() => this.checkStruct(target, at));
      case Kind.ENUM:
      case Kind.ENUM64: {
        const value = readEnum(layout, memory, id, target, at);
        if (typeof value === 'number') return value;
        return value === 0n ? Errno.ENODATA : 0;
      }
      default:
        return 0;
    }
  }

  private checkBytes(at: number, size: number): number {
    if (size < 1 || size > 16) return Errno.EINVAL;
    return this.memory.isZero(at, size) ? Errno.ENODATA : 0;
  }

  /** A string that is empty counts as zero, whatever follows its NUL. */
  private checkArray(array: number, at: number, bitOffset: number): number {
    const { layout, memory } = this;
    const element = layout.elementOf(array);
    const size = layout.sizeOf(element);
    const length = layout.lengthOf(array);
    if (length > 0 && layout.isCharacter(element) && memory.isZero(at, 1)) return Errno.ENODATA;
    for (let i = 0; i < length; i++) {
      const place = at + ((i * size) >>> 0);
      const error = this.check(element, place, bitOffset, 0);
      // Past the end one is as the other.
      if (error !== Errno.ENODATA || place >= memory.end) return error;
    }
    return Errno.ENODATA;
  }

  private checkStruct(struct: number, at: number): number {
    const { words, records } = this.layout.types;
    const record = records[struct]!;
    const info = words[record + 1]!;
    if (vlenOf(info) === 0) return Errno.ENODATA;
    const { byteOffset, bitOffset, bits } = placeOf(words[record + 5]!, kflagOf(info));
    return this.check(words[record + 4]!, at + byteOffset, bitOffset, bits);
  }
}

/** Where a member stands, from the third word of its row: `bits` is 0 where it is no bit field. */
export function placeOf(offset: number, kflag: boolean) {
  const start = kflag ? offset & 0xffffff : offset;
  return { byteOffset: start >>> 3, bitOffset: start & 7, bits: kflag ? offset >>> 24 : 0 };
}
