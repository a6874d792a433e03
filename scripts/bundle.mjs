// Bundles the command with all that it needs, so that a start reads few files: packages/cli/bundle/btfkit.js runs it,
// main.js has it as a function, and there is a chunk for whatever a verb loads on demand.
// usage: node scripts/bundle.mjs (after tsc -b)
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));
const input = { btfkit: `${cli}dist/btfkit.js`, main: `${cli}dist/main.js` };
const worker = `${cli}dist/pool-worker.js`;
if (existsSync(worker)) input['pool-worker'] = worker;

// commander can start subcommands as processes, which costs each run the loading of node:child_process; ours are none.
const noChildProcess = {
  name: 'no-child-process',
  resolveId: id => (/^(node:)?child_process$/.test(id) ? '\0no-child-process' : null),
  load: id => (id === '\0no-child-process' ? 'export default {}; export const spawn = undefined;' : null),
};

rmSync(`${cli}bundle`, { recursive: true, force: true });
const bundle = await rolldown({ input, platform: 'node', plugins: [noChildProcess] });
await bundle.write({
  dir: `${cli}bundle`,
  // Node starts a CommonJS program in some 10 ms less than one of ES modules.
  format: 'cjs',
  dynamicImportInCjs: false,
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();
writeFileSync(`${cli}bundle/package.json`, '{ "type": "commonjs" }\n');
