import { Errno } from './errno.js';

/**
 * The bytes of a value, in the byte order of their machine. Places are bytes from the value's start, which is aligned. Where
 * libbpf looks past the end, which it does to see whether a member is zero, there is nothing but zeros here.
 */
export class Memory {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get end(): number {
    return this.bytes.length;
  }

  /** Whether `size` bytes at `at` are all zero. */
  isZero(at: number, size: number): boolean {
    const end = Math.min(at + size, this.end);
    for (let i = at; i < end; i++) if (this.bytes[i] !== 0) return false;
    return true;
  }

  /** An integer of 1, 2 or 4 bytes. */
  integer(at: number, size: number, signed: boolean): number {
    const { view, littleEndian } = this;
    if (size === 4) return signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian);
    if (size === 2) return signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian);
    return signed ? view.getInt8(at) : view.getUint8(at);
  }

  /** An unsigned integer of any size. */
  unsigned(at: number, size: number): bigint {
    let value = 0n;
    for (let i = 0; i < size; i++) {
      const byte = this.bytes[this.littleEndian ? at + size - 1 - i : at + i] ?? 0;
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }

  /**
   * The bits of a bit field, unsigned; `bitOffset` is less than 8, `size` the bytes of its type. A negative errno where it has
   * none (btf_dump.c, btf_dump_get_bitfield_value). Shifts count modulo 64, as processors do it; one of no bits is 0, as gcc
   * has it.
   */
  bitField(at: number, size: number, bitOffset: number, bits: number): bigint | Errno {
    if (at + Math.trunc((bitOffset + bits + 7) / 8) > this.end) return Errno.E2BIG;
    if (size > 8) return Errno.EINVAL;
    if (bits === 0) return 0n;
    const upTo = this.littleEndian ? bits + bitOffset : size * 8 - bitOffset;
    const value = this.unsigned(at, size) << BigInt((64 - upTo) & 63);
    return BigInt.asUintN(64, value) >> BigInt((64 - bits) & 63);
  }
}
