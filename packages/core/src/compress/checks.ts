/** CRC-32 (IEEE 802.3) and CRC-64 (ECMA-182), both reflected, as the .xz format has them. */

const crc32Table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crc32Table[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/** Four bytes at once: the table at 256 * k has what a byte does that k more follow. */
const STEP = 4;
const crc64Low = new Uint32Array(256 * STEP);
const crc64High = new Uint32Array(256 * STEP);
for (let byte = 0; byte < 256; byte++) {
  let lo = byte;
  let hi = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = lo & 1;
    lo = (lo >>> 1) | (hi << 31);
    hi >>>= 1;
    if (carry) {
      lo ^= 0xd7870f42;
      hi ^= 0xc96c5795;
    }
  }
  crc64Low[byte] = lo;
  crc64High[byte] = hi;
}
for (let i = 256; i < crc64Low.length; i++) {
  const [lo, hi] = [crc64Low[i - 256], crc64High[i - 256]];
  crc64Low[i] = ((lo >>> 8) | (hi << 24)) ^ crc64Low[lo & 0xff];
  crc64High[i] = (hi >>> 8) ^ crc64High[lo & 0xff];
}

/** In halves: [low 32 bits, high 32 bits]. */
export function crc64(bytes: Uint8Array): [number, number] {
  let lo = -1;
  let hi = -1;
  let i = 0;
  for (const whole = bytes.length - STEP; i <= whole; i += STEP) {
    const a = ((lo ^ bytes[i]) & 0xff) + 768;
    const b = (((lo >>> 8) ^ bytes[i + 1]) & 0xff) + 512;
    const c = (((lo >>> 16) ^ bytes[i + 2]) & 0xff) + 256;
    const d = (lo >>> 24) ^ bytes[i + 3];
    lo = hi ^ crc64Low[a] ^ crc64Low[b] ^ crc64Low[c] ^ crc64Low[d];
    hi = crc64High[a] ^ crc64High[b] ^ crc64High[c] ^ crc64High[d];
  }
  for (; i < bytes.length; i++) {
    const index = (lo ^ bytes[i]) & 0xff;
    lo = ((lo >>> 8) | (hi << 24)) ^ crc64Low[index];
    hi = (hi >>> 8) ^ crc64High[index];
  }
  return [~lo >>> 0, ~hi >>> 0];
}
