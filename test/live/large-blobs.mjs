// Blobs at the limits of size, which are too slow to make many of.
import { assemble, infoOf, Kind } from '../../packages/core/dist/btf/index.js';

/** 4 bytes INT, then records of these words. */
function blobOf(count, record, strings = '\0int\0') {
  const int = [1, infoOf(Kind.INT, 0, false), 4, 32];
  const words = new Uint32Array(int.length + count * record.length);
  words.set(int);
  for (let i = 0; i < count; i++) words.set(record, int.length + i * record.length);
  return assemble({ words, strings: Buffer.from(strings, 'latin1') });
}

function elements(kind, count, third, element) {
  const record = [
    0,
    infoOf(kind, count, false),
    third,
    ...Array.from({ length: count }, () => element).flat(),
  ];
  return blobOf(1, record);
}

/** A chain of `count` records of a kind, each on the next, the last on itself where `loop`. */
function chain(kind, count, loop) {
  const words = new Uint32Array(3 * count);
  for (let i = 0; i < count; i++)
    words.set([0, infoOf(kind, 0, false), i + 1 < count ? i + 2 : loop ? 1 : 0], 3 * i);
  return assemble({ words, strings: new Uint8Array(1) });
}

/** Name: () => blob. */
export const largeBlobs = {
  'as many types as the kernel keeps': () => blobOf(0xfffff - 2, [0, infoOf(Kind.PTR, 0, false), 1]),
  'one type more than it keeps': () => blobOf(0xfffff - 1, [0, infoOf(Kind.PTR, 0, false), 1]),
  '16 MB': () => blobOf(0, [], `\0int\0${'n'.repeat((16 << 20) - 24 - 16 - 6)}\0`),
  'more than 16 MB': () => blobOf(0, [], `\0int\0${'n'.repeat((16 << 20) - 24 - 16 - 5)}\0`),
  'a string section of 16 MB less a header': () => blobOf(0, [], `\0int\0${'\0'.repeat(0xffff00)}`),
  'a struct of 65,535 members': () => elements(Kind.STRUCT, 0xffff, 4, [0, 1, 0]),
  'an enum of 65,535 values': () => elements(Kind.ENUM, 0xffff, 4, [1, 7]),
  'a prototype of 65,535 parameters': () => elements(Kind.FUNC_PROTO, 0xffff, 0, [1, 1]),
  'a chain of 100,000 pointers': () => chain(Kind.PTR, 100_000, false),
  'a loop of 100,000 pointers': () => chain(Kind.PTR, 100_000, true),
  'a chain of 100,000 modifiers': () => chain(Kind.CONST, 100_000, false),
};
