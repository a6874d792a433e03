const UNDERSCORE = 0x5f;

/**
 * Length of a name without its flavour: `sample___v2` is a flavour of `sample`. Of `bytes` from `at`, `length` of
 * them. The last three underscores count that stand between other characters (libbpf's bpf_core_essential_name_len).
 */
export function rootLength(bytes: Uint8Array, at: number, length: number): number {
  for (let i = at + length - 5; i >= at; i--) {
    if (
      bytes[i + 1] === UNDERSCORE &&
      bytes[i + 2] === UNDERSCORE &&
      bytes[i + 3] === UNDERSCORE &&
      bytes[i] !== UNDERSCORE &&
      bytes[i + 4] !== UNDERSCORE
    ) {
      return i + 1 - at;
    }
  }
  return length;
}

/** A name without its flavour. */
export function rootOf(name: Uint8Array): Uint8Array {
  return name.subarray(0, rootLength(name, 0, name.length));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether two names are of one root. */
export function sameRoot(a: Uint8Array, b: Uint8Array): boolean {
  return sameBytes(rootOf(a), rootOf(b));
}
