/**
 * What the kernel takes for a name. Its character classes are those of Latin-1 (lib/ctype.c), so that a byte from 0xc0
 * on is a letter wherever it stands, and UTF-8 passes or not by its bytes.
 */
const LETTER = 1;
const DIGIT = 2;
const DOT = 4;
const PRINTABLE = 8;
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (first: number, last: number, bits: number) => {
    for (let byte = first; byte <= last; byte++) table[byte]! |= bits;
  };
  add(0x41, 0x5a, LETTER);
  add(0x61, 0x7a, LETTER);
  add(0x5f, 0x5f, LETTER);
  // Latin-1's letters but for the two signs among them, × and ÷.
  add(0xc0, 0xd6, LETTER);
  add(0xd8, 0xf6, LETTER);
  add(0xf8, 0xff, LETTER);
  add(0x30, 0x39, DIGIT);
  add(0x2e, 0x2e, DOT);
  add(0x20, 0x7e, PRINTABLE);
  add(0xa0, 0xff, PRINTABLE);
  return table;
}

/** btf_name_valid_identifier. `limit` is KSYM_NAME_LEN, the longest name. */
export function isIdentifier(strings: Uint8Array, at: number, limit: number, dots: boolean): boolean {
  const first = dots ? LETTER | DOT : LETTER;
  return (CLASSES[strings[at]!]! & first) !== 0 && consistsOf(strings, at + 1, at + limit, first | DIGIT);
}

/** The rest of btf_name_valid_section, since a section's name may have any printable character. */
export function isPrintable(strings: Uint8Array, at: number, limit: number): boolean {
  return consistsOf(strings, at, at + limit, PRINTABLE);
}

/** The string has no other characters and ends at `end` at the latest. */
function consistsOf(strings: Uint8Array, from: number, end: number, wanted: number): boolean {
  let at = from;
  while (at < end && strings[at] !== 0) {
    if ((CLASSES[strings[at]!]! & wanted) === 0) return false;
    at++;
  }
  return strings[at] === 0;
}
