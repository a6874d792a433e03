import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Compression } from '@btfkit/core/compress';
import { content } from './content.mjs';

export interface Vector {
  readonly method: Compression;
  /** The command that made it, for test names. */
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

interface Stored {
  readonly method: Compression;
  readonly content: string;
  readonly command: string;
  readonly base64: string;
}

const stored: Stored[] = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));

const carried: Vector[] = stored.map(({ method, content: name, command, base64 }) => ({
  method,
  title: `${name}: ${command}`,
  bytes: Uint8Array.from(Buffer.from(base64, 'base64')),
  content: content(name),
}));

const made: Vector[] = ['empty', 'words', 'zeros', 'noise'].map(name => ({
  method: 'gzip',
  title: `${name}: node:zlib gzip`,
  bytes: Uint8Array.from(gzipSync(content(name))),
  content: content(name),
}));

/** Compressed inputs of all kinds, with what they decompress to. */
export const vectors: readonly Vector[] = [...carried, ...made];

export function vector(title: string): Vector {
  const found = vectors.find(one => one.title.startsWith(title));
  if (found === undefined) throw new Error(`no vector ${title}`);
  return found;
}

/** What cannot be decompressed, by design. */
export const isRefused = ({ method, title }: Vector) => method === 'bzip2' || title.includes('--delta');
