import type { ByteSource } from '../../bytes/index.js';

/** New bytes and where they stand in the new file. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A new file as what it keeps of an old one: neither has to be held to write it. */
export interface Rewrite {
  /** Bytes of the new file. */
  readonly size: number;
  /** So many bytes of the old file stay where they are, but where a piece stands. */
  readonly kept: number;
  /** By offset, none over another. What lies behind `kept` and in no piece is zero. */
  readonly pieces: readonly Piece[];
}

export function byOffset(pieces: readonly Piece[]): readonly Piece[] {
  return pieces.filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.offset - b.offset);
}

const WINDOW = 1 << 20;

/** The new file from its start to its end. Each part is good until the next is asked for. FormatError as of `source`. */
export function* rewritten(source: ByteSource, { size, kept, pieces }: Rewrite): Generator<Uint8Array> {
  const window = new Uint8Array(Math.min(WINDOW, kept));
  let at = 0;
  for (const { offset, bytes } of [...pieces, { offset: size, bytes: new Uint8Array(0) }]) {
    while (at < Math.min(offset, kept)) {
      const part = window.subarray(0, Math.min(offset, kept) - at);
      source.readInto(at, part);
      yield part;
      at += part.length;
    }
    if (at < offset) yield new Uint8Array(offset - at);
    yield bytes;
    at = offset + bytes.length;
  }
}

/** The new file, in memory. */
export function rewrittenBytes(source: ByteSource, rewrite: Rewrite): Uint8Array {
  const bytes = new Uint8Array(rewrite.size);
  let at = 0;
  for (const part of rewritten(source, rewrite)) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
