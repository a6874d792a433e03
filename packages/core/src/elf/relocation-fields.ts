import { Action, actionWidth } from './relocation-types.js';

/** Reads and changes the fields that relocations point at, 64-bit values in two halves. */
export class FieldWriter {
  /** What `readAddend` found, sign-extended to 64 bits. */
  lo = 0;
  hi = 0;
  /** The section's content. */
  readonly view: DataView;
  readonly #little: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, little: boolean) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
  }

  /** Goes to the field at `offset`; false when the field of this action does not fit in the section. */
  seek(offset: number, action: number): boolean {
    this.#at = offset;
    return offset + actionWidth[action] <= this.view.byteLength;
  }

  /** The addend of a SHT_REL entry stands in the field. ADD, SUB and SET have none: their field is an operand. */
  readAddend(action: number): void {
    const view = this.view;
    const at = this.#at;
    const little = this.#little;
    this.lo = 0;
    if (action === Action.ABS64 || action === Action.PC64 || action === Action.SIZE64) {
      this.lo = view.getInt32(little ? at : at + 4, little);
      this.hi = view.getInt32(little ? at + 4 : at, little);
      return;
    }
    if (action === Action.ABS32 || action === Action.PC32 || action === Action.SIZE32) {
      this.lo = view.getInt32(at, little);
    } else if (action === Action.ABS16 || action === Action.PC16) this.lo = view.getInt16(at, little);
    else if (action === Action.ABS8 || action === Action.PC8) this.lo = view.getInt8(at);
    this.hi = this.lo >> 31;
  }

  /** Does `action` with S + A, given as two signed halves; false when a ULEB128 does not end in the section. */
  write(action: number, lo: number, hi: number): boolean {
    const view = this.view;
    const at = this.#at;
    const little = this.#little;
    switch (action) {
      case Action.ABS32:
      case Action.SIZE32:
        view.setInt32(at, lo, little);
        return true;
      case Action.ABS64:
      case Action.SIZE64:
        this.#set64(lo, hi);
        return true;
      case Action.ABS16:
        view.setInt16(at, lo, little);
        return true;
      case Action.ABS8:
        view.setInt8(at, lo);
        return true;
      case Action.PC64:
        this.#addTo64(lo, hi, -at | 0, at === 0 ? 0 : -1);
        return true;
      case Action.PC32:
        view.setInt32(at, lo - at, little);
        return true;
      case Action.PC16:
        view.setInt16(at, lo - at, little);
        return true;
      case Action.PC8:
        view.setInt8(at, lo - at);
        return true;
      default:
        return this.#combine(action, lo, hi);
    }
  }

  /** The actions that change what stands in the field. */
  #combine(action: number, lo: number, hi: number): boolean {
    const view = this.view;
    const at = this.#at;
    const little = this.#little;
    switch (action) {
      case Action.ADD8:
      case Action.SUB8:
        view.setInt8(at, view.getInt8(at) + (action === Action.ADD8 ? lo : -lo));
        return true;
      case Action.ADD16:
      case Action.SUB16:
        view.setInt16(at, view.getInt16(at, little) + (action === Action.ADD16 ? lo : -lo), little);
        return true;
      case Action.ADD24:
      case Action.SUB24: {
        const sum = this.#get24() + (action === Action.ADD24 ? lo : -lo);
        this.#set24(sum);
        return true;
      }
      case Action.ADD32:
      case Action.SUB32:
        view.setInt32(at, view.getInt32(at, little) + (action === Action.ADD32 ? lo : -lo), little);
        return true;
      case Action.ADD64:
        this.#addTo64(this.#lowHalf(), this.#highHalf(), lo, hi);
        return true;
      case Action.SUB64:
        this.#addTo64(this.#lowHalf(), this.#highHalf(), -lo | 0, ~hi + (lo === 0 ? 1 : 0));
        return true;
      case Action.ADD6:
        this.#setLowSix(view.getUint8(at) + lo);
        return true;
      case Action.SUB6:
        this.#setLowSix(view.getUint8(at) - lo);
        return true;
      case Action.SET6:
        this.#setLowSix(lo);
        return true;
      default:
        return this.#combineUleb(action, lo, hi);
    }
  }

  #lowHalf(): number {
    return this.view.getInt32(this.#little ? this.#at : this.#at + 4, this.#little);
  }

  #highHalf(): number {
    return this.view.getInt32(this.#little ? this.#at + 4 : this.#at, this.#little);
  }

  #set64(lo: number, hi: number): void {
    this.view.setInt32(this.#little ? this.#at : this.#at + 4, lo, this.#little);
    this.view.setInt32(this.#little ? this.#at + 4 : this.#at, hi, this.#little);
  }

  #addTo64(aLo: number, aHi: number, bLo: number, bHi: number): void {
    const lo = (aLo >>> 0) + (bLo >>> 0);
    this.#set64(lo | 0, (aHi + bHi + (lo >= 2 ** 32 ? 1 : 0)) | 0);
  }

  #get24(): number {
    const view = this.view;
    const [first, last] = this.#little ? [this.#at, this.#at + 2] : [this.#at + 2, this.#at];
    return view.getUint8(first) | (view.getUint8(this.#at + 1) << 8) | (view.getUint8(last) << 16);
  }

  #set24(value: number): void {
    const view = this.view;
    const [first, last] = this.#little ? [this.#at, this.#at + 2] : [this.#at + 2, this.#at];
    view.setUint8(first, value);
    view.setUint8(this.#at + 1, value >> 8);
    view.setUint8(last, value >> 16);
  }

  #setLowSix(value: number): void {
    this.view.setUint8(this.#at, (this.view.getUint8(this.#at) & 0xc0) | (value & 0x3f));
  }

  /** Works modulo 2^(7 * length of the field), seven bits at a time, so that a SET and its SUB cancel. */
  #combineUleb(action: number, lo: number, hi: number): boolean {
    const view = this.view;
    let carry = 0;
    for (let at = this.#at, shift = 0; at < view.byteLength; at++, shift += 7) {
      const byte = view.getUint8(at);
      const digit = sevenBits(lo, hi, shift);
      let result = carry + (action === Action.SET_ULEB ? digit : byte & 0x7f);
      if (action === Action.ADD_ULEB) result += digit;
      else if (action === Action.SUB_ULEB) result -= digit;
      carry = result >> 7;
      view.setUint8(at, (byte & 0x80) | (result & 0x7f));
      if ((byte & 0x80) === 0) return true;
    }
    return false;
  }
}

/** Bits [shift, shift + 7) of a 64-bit value in halves. */
function sevenBits(lo: number, hi: number, shift: number): number {
  if (shift >= 64) return 0;
  if (shift >= 32) return (hi >>> (shift - 32)) & 0x7f;
  if (shift <= 25) return (lo >>> shift) & 0x7f;
  return ((lo >>> shift) | (hi << (32 - shift))) & 0x7f;
}
