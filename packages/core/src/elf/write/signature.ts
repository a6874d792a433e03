import type { ByteSource } from '../../bytes/index.js';

/** What a signed module ends with (kernel: include/linux/module_signature.h, MODULE_SIGNATURE_STRING). */
const MARKER = new TextEncoder().encode('~Module signature appended~\n');

/** Does the file end with a signature over all that is before it, as scripts/sign-file appends? */
export function hasModuleSignature(source: ByteSource): boolean {
  if (source.size < MARKER.length) return false;
  const end = source.read(source.size - MARKER.length, MARKER.length);
  return MARKER.every((byte, i) => byte === end[i]);
}
