import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import { Errno } from './errno.js';
import type { Layout } from './layout.js';
import type { Memory } from './memory.js';

/**
 * The value of an ENUM or ENUM64 in 64 bits, unsigned. `id` is the type that it is met as, `target` what that stands for. One
 * that is not aligned libbpf takes for a bit field of no bits, and so for 0 (btf_dump.c, btf_dump_get_enum_value).
 */
export function readEnum(
  layout: Layout,
  memory: Memory,
  id: number,
  target: number,
  at: number,
): bigint | Errno {
  const { types } = layout;
  const size = types.third(target);
  if (!layout.isAligned(id, at)) return memory.bitField(at, size, 0, 0);
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return Errno.EINVAL;
  const isSigned = size === 8 || kflagOf(types.words[types.records[target]! + 1]!);
  return extended(memory.unsigned(at, size), size, isSigned);
}

/**
 * As readEnum, of a bit field whose bits are `field`. On a big-endian machine libbpf looks for them at the wrong end of
 * 64 bits and takes most fields for 0; here they are what they are in both byte orders.
 */
export function enumOfField(layout: Layout, target: number, field: bigint): bigint | Errno {
  const { types } = layout;
  const size = types.third(target);
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return Errno.EINVAL;
  const isSigned = size === 8 || kflagOf(types.words[types.records[target]! + 1]!);
  return extended(BigInt.asUintN(8 * size, field), size, isSigned);
}

/** 64 bits, unsigned. */
function extended(value: bigint, size: number, isSigned: boolean): bigint {
  return BigInt.asUintN(64, isSigned ? BigInt.asIntN(8 * size, value) : value);
}

/** String offset of the first enumerator of that value (64 bits, unsigned); -1 where none has it. */
export function enumeratorOf(layout: Layout, target: number, value: bigint): number {
  const { types } = layout;
  const { words } = types;
  const at = types.records[target]!;
  const low = Number(value & 0xffffffffn);
  const high = Number(value >> 32n);
  const isWide = types.kinds[target] === Kind.ENUM64;
  const step = isWide ? 3 : 2;
  const end = at + 3 + step * vlenOf(words[at + 1]!);
  for (let row = at + 3; row < end; row += step) {
    if (words[row + 1] !== low) continue;
    // An ENUM's value counts as signed here, even of an unsigned one: 0xffffffff there finds no enumerator.
    const rowHigh = isWide ? words[row + 2]! : low >>> 31 === 0 ? 0 : 0xffffffff;
    if (rowHigh === high) return words[row]!;
  }
  return -1;
}
