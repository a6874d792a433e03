import { FormatError } from '../bytes/index.js';

export interface UnzstdOptions {
  /** Most bytes of output to accept. */
  readonly limit?: number;
}

export async function unzstd(_bytes: Uint8Array, _options: UnzstdOptions = {}): Promise<Uint8Array> {
  throw new FormatError('zstd is not supported');
}
