const MIN_HEADER = 24;
const MAX_HEADER = 64;

/**
 * The BTF blob in a bare memory image, which has no section headers to ask: found by its magic number and a header
 * whose lengths fit together and whose strings begin and end with a NUL byte. `undefined` when there is none.
 */
export function findBtfBlob(image: Uint8Array): Uint8Array | undefined {
  for (let at = image.indexOf(0x9f); at >= 0; at = image.indexOf(0x9f, at + 1)) {
    // Little-endian: 9f eb; big-endian: eb 9f.
    if (image[at + 1] === 0xeb) {
      const blob = blobAt(image, at, true);
      if (blob) return blob;
    }
    if (at > 0 && image[at - 1] === 0xeb) {
      const blob = blobAt(image, at - 1, false);
      if (blob) return blob;
    }
  }
  return undefined;
}

function blobAt(image: Uint8Array, at: number, little: boolean): Uint8Array | undefined {
  if (at + MIN_HEADER > image.length) return undefined;
  const view = new DataView(image.buffer, image.byteOffset + at, image.length - at);
  if (view.getUint8(2) !== 1 || view.getUint8(3) !== 0) return undefined;
  const header = view.getUint32(4, little);
  const typeOffset = view.getUint32(8, little);
  const typeLength = view.getUint32(12, little);
  const stringOffset = view.getUint32(16, little);
  const stringLength = view.getUint32(20, little);
  if (header < MIN_HEADER || header > Math.min(MAX_HEADER, view.byteLength)) return undefined;
  if (typeLength === 0 || typeLength % 4 !== 0) return undefined;
  let end = Math.max(typeOffset + typeLength, stringOffset + stringLength);
  if (header >= 32) end = Math.max(end, view.getUint32(24, little) + view.getUint32(28, little));
  if (header + end > view.byteLength || typeOffset % 4 !== 0 || stringLength < 2) return undefined;
  const strings = header + stringOffset;
  if (view.getUint8(strings) !== 0 || view.getUint8(strings + stringLength - 1) !== 0) return undefined;
  return image.subarray(at, at + header + end);
}
