// Bundles the command with all that it needs, so that a start reads few files: packages/cli/bundle/btfkit.js runs it,
// main.js has it as a function, and
// there is a chunk for whatever a verb loads on demand. usage: node scripts/bundle.mjs (after tsc -b)
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));
const input = { btfkit: `${cli}dist/btfkit.js`, main: `${cli}dist/main.js` };
const worker = `${cli}dist/pool-worker.js`;
if (existsSync(worker)) input['pool-worker'] = worker;

rmSync(`${cli}bundle`, { recursive: true, force: true });
const bundle = await rolldown({ input, platform: 'node' });
await bundle.write({
  dir: `${cli}bundle`,
  format: 'esm',
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();
