import { buildElf } from '../elf/build-elf.mjs';

/** What the compression tests compress: made by rule, so that only its compressed forms are carried. */

/** @param {number} seed */
function randomNumbers(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Words in random order with numbers between: literals, and matches of all lengths and distances. */
function words(/** @type {number} */ size) {
  const random = randomNumbers(1);
  const vocabulary =
    'struct union enum typedef const volatile restrict pointer array function member offset'.split(' ');
  let text = '';
  while (text.length < size)
    text += `${vocabulary[random(vocabulary.length)]}${random(9) === 0 ? random(100) : ''} `;
  return new TextEncoder().encode(text.slice(0, size));
}

/** Branch instructions of every machine that a branch filter knows, among random bytes. */
function branches() {
  const random = randomNumbers(2);
  const bytes = new Uint8Array(6144);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random(256);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const near = random(4096) - 2048;
    switch (random(7)) {
      case 0:
        bytes[at] = 0xe8 | random(2);
        view.setInt32(at + 1, near, true);
        break;
      case 1:
        // Opcodes right behind each other, which the x86 filter is careful with.
        for (let i = 0; i < 4; i++) bytes[at + i] = [0xe8, 0xe9, 0, 0xff][random(4)];
        view.setInt32(at + 4, random(2) - 1, true);
        break;
      case 2:
        view.setUint32(at, (0x48000001 | ((near * 4) & 0x03fffffc)) >>> 0);
        break;
      case 3:
        view.setUint32(at, (0xeb000000 | (near & 0xffffff)) >>> 0, true);
        break;
      case 4:
        view.setUint16(at, 0xf000 | ((near >> 11) & 0x7ff), true);
        view.setUint16(at + 2, 0xf800 | (near & 0x7ff), true);
        break;
      case 5:
        view.setUint32(
          at,
          (random(2) ? 0x94000000 | (near & 0x03ffffff) : 0x90000000 | ((near & 0x3fff) << 5)) >>> 0,
          true,
        );
        break;
      default:
        view.setUint32(at, (0x40000000 | (near & 0x3fffffff)) >>> 0);
    }
  }
  return bytes;
}

/** Lines that differ a little, for more than one zstd block of 128 KiB and more than one LZMA2 chunk. */
function lines() {
  const random = randomNumbers(3);
  let text = '';
  for (let i = 0; text.length < 300_000; i++) {
    text += `[${i}] FUNC_PROTO '(anon)' ret_type_id=${(i * 7) % 50} vlen=${(i >> 6) % 8} ${random(40) === 0 ? words(random(60)).length : ''}\n`;
  }
  return new TextEncoder().encode(text);
}

/** Bytes that do not compress. */
function noise() {
  const random = randomNumbers(4);
  return Uint8Array.from({ length: 700 }, () => random(256));
}

/** A kernel as ELF: code with branches, and BTF of one integer. */
function kernel() {
  const strings = new TextEncoder().encode('\0kernel_type\0');
  const words = Uint32Array.of(0x0001eb9f, 24, 0, 16, 16, strings.length, 1, 1 << 24, 4, 32);
  const btf = new Uint8Array(40 + strings.length);
  btf.set(new Uint8Array(words.buffer));
  btf.set(strings, 40);
  return buildElf({
    type: 2,
    sections: [
      { name: '.text', flags: 6, content: branches() },
      { name: '.BTF', content: btf },
    ],
  });
}

/** @type {Record<string, () => Uint8Array>} */
const makers = {
  empty: () => new Uint8Array(0),
  words: () => words(5000),
  branches,
  lines,
  noise,
  kernel,
  zeros: () => new Uint8Array(300_000),
};

/** @param {string} name */
export const content = name => makers[name]();
