import { decompress, detectCompression } from '../../../packages/core/dist/compress/index.js';
import { compressed } from '../seeds.mjs';

/** Decompresses as what the first bytes show. */
export default {
  name: 'compress',
  mutators: [],
  seeds: compressed,
  async run(bytes) {
    const method = detectCompression(bytes);
    if (method === undefined) return;
    const trailing = bytes.length % 2 === 0;
    await decompress(method, bytes, { limit: 1 << 22, trailing });
  },
};
