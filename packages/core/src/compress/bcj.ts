/**
 * The branch converters of the .xz format (file format specification, section 5.3.2): before compression they made
 * the targets of calls and jumps absolute; here they become relative again. Each works in place on a whole block
 * whose first byte counts as address `start`.
 */
export type BranchFilter = (code: Uint8Array, start: number) => void;

function viewOf(code: Uint8Array): DataView {
  return new DataView(code.buffer, code.byteOffset, code.byteLength);
}

const isSignByte = (byte: number) => byte === 0 || byte === 0xff;

/**
 * E8 and E9 with a 32-bit displacement, unless bytes shortly before looked like opcodes as well: `mask` has a bit
 * for each of the last three bytes that did, and the displacement was then converted only where no byte of it that
 * could belong to such an opcode looked like the top byte of a target (0 or FF).
 */
function x86(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  const last = code.length - 5;
  let mask = 0;
  let previous = -1;
  for (let i = 0; i <= last; i++) {
    if ((code[i] & 0xfe) !== 0xe8) continue;
    const gap = i - previous;
    previous = i;
    mask = gap > 3 ? 0 : (mask << (gap - 1)) & 7;
    // Number of displacement bytes, from the top, that an opcode before this one may have covered.
    const covered = mask === 0 ? 0 : 32 - Math.clz32(mask);
    const ambiguous = mask === 3 || mask > 4 || (mask !== 0 && isSignByte(code[i + 4 - covered]));
    if (ambiguous || !isSignByte(code[i + 4])) {
      mask = (mask << 1) | 1;
      continue;
    }
    let target = view.getInt32(i + 1, true);
    let relative = (target - (start + i + 5)) | 0;
    if (covered !== 0) {
      const shift = 8 * covered;
      while (isSignByte((relative >>> (24 - shift)) & 0xff)) {
        target = relative ^ ((1 << (32 - shift)) - 1);
        relative = (target - (start + i + 5)) | 0;
      }
    }
    // 25 bits, the top one repeated upwards.
    view.setInt32(i + 1, (relative << 7) >> 7, true);
    i += 4;
  }
}

/** B and BL with AA clear, LK set: `bl` has 0x48000001 in the bits around its 24-bit target. */
function powerpc(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  for (let i = 0; i + 4 <= code.length; i += 4) {
    const word = view.getUint32(i);
    if ((word & 0xfc000003) >>> 0 !== 0x48000001) continue;
    view.setUint32(i, 0x48000001 | (((word & 0x03fffffc) - (start + i)) & 0x03fffffc));
  }
}

/** BL with the always condition. */
function arm(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  for (let i = 0; i + 4 <= code.length; i += 4) {
    if (code[i + 3] !== 0xeb) continue;
    const target = (view.getUint32(i, true) & 0xffffff) << 2;
    view.setUint32(i, (0xeb000000 | (((target - (start + i + 8)) >>> 2) & 0xffffff)) >>> 0, true);
  }
}

/** BL as a pair of halfwords, F000 and F800 around 11 bits each. */
function armThumb(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  for (let i = 0; i + 4 <= code.length; i += 2) {
    if ((code[i + 1] & 0xf8) !== 0xf0 || (code[i + 3] & 0xf8) !== 0xf8) continue;
    const high = view.getUint16(i, true) & 0x7ff;
    const low = view.getUint16(i + 2, true) & 0x7ff;
    const halfwords = (((high << 12) | (low << 1)) - (start + i + 4)) >>> 1;
    view.setUint16(i, 0xf000 | ((halfwords >>> 11) & 0x7ff), true);
    view.setUint16(i + 2, 0xf800 | (halfwords & 0x7ff), true);
    i += 2;
  }
}

/** BL, and ADRP with a page offset that fits in 18 bits. */
function arm64(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  for (let i = 0; i + 4 <= code.length; i += 4) {
    const word = view.getUint32(i, true);
    const at = start + i;
    if (word >>> 26 === 0x25) {
      view.setUint32(i, (0x94000000 | ((word - (at >>> 2)) & 0x03ffffff)) >>> 0, true);
      continue;
    }
    if ((word & 0x9f000000) >>> 0 !== 0x90000000) continue;
    const pages = ((word >>> 29) & 3) | ((word >>> 3) & 0x001ffffc);
    if (((pages + 0x00020000) & 0x001c0000) !== 0) continue;
    const target = pages - (at >>> 12);
    const immediate =
      ((target & 3) << 29) | ((target & 0x0003fffc) << 3) | (-(target & 0x00020000) & 0x00e00000);
    view.setUint32(i, ((word & 0x9000001f) | immediate) >>> 0, true);
  }
}

/** CALL whose 30-bit displacement has its top 8 bits all equal. */
function sparc(code: Uint8Array, start: number): void {
  const view = viewOf(code);
  for (let i = 0; i + 4 <= code.length; i += 4) {
    const word = view.getUint32(i);
    if (word >>> 22 !== 0x100 && word >>> 22 !== 0x1ff) continue;
    const target = ((word << 2) - (start + i)) >>> 2;
    const sign = (0 - ((target >>> 22) & 1)) & 0xff;
    view.setUint32(i, (((sign << 22) & 0x3fffffff) | 0x40000000 | (target & 0x3fffff)) >>> 0);
  }
}

/** Filter id in a block header → what it is called and how it is undone. */
export const branchFilters: ReadonlyMap<number, { name: string; undo: BranchFilter | undefined }> = new Map([
  [4, { name: 'x86', undo: x86 }],
  [5, { name: 'PowerPC', undo: powerpc }],
  [6, { name: 'IA-64', undo: undefined }],
  [7, { name: 'ARM', undo: arm }],
  [8, { name: 'ARM-Thumb', undo: armThumb }],
  [9, { name: 'SPARC', undo: sparc }],
  [10, { name: 'ARM64', undo: arm64 }],
  [11, { name: 'RISC-V', undo: undefined }],
]);
