const STAR = 42;
const QUESTION_MARK = 63;

/**
 * Whether bytes [start, end) fit a pattern in which `*` is any bytes and `?` is one. Goes back to the last `*` only, so
 * that no pattern costs more than its length times that of the name.
 */
export function matchesGlob(bytes: Uint8Array, start: number, end: number, pattern: Uint8Array): boolean {
  let at = start;
  let p = 0;
  let star = -1;
  let resume = start;
  while (at < end) {
    const wanted = pattern[p];
    if (wanted === STAR) {
      star = p++;
      resume = at;
    } else if (p < pattern.length && (wanted === QUESTION_MARK || wanted === bytes[at])) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[p] === STAR) p++;
  return p === pattern.length;
}
