import { FormatError } from '../bytes/index.js';
import { Output } from './output.js';

export interface InflateOptions {
  readonly format: 'gzip' | 'zlib';
  /** Most bytes of output to accept. */
  readonly limit?: number;
}

/**
 * Decompresses gzip (RFC 1952) or zlib (RFC 1950) by the platform's DecompressionStream.
 * FormatError for a broken stream, and for more than `limit` bytes of output.
 */
export async function inflate(bytes: Uint8Array, options: InflateOptions): Promise<Uint8Array> {
  const output = new Output(options.limit, bytes.length);
  const format = options.format === 'zlib' ? 'deflate' : 'gzip';
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(format))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return output.finish();
      output.append(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    if (error instanceof FormatError) throw error;
    throw new FormatError(`broken ${options.format} data: ${(error as Error).message}`, {}, error);
  }
}
