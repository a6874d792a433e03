// Bundles the command with all that it needs, so that a start reads few files: packages/cli/bundle/main.js has it as a
// function, packages/cli/bin/btfkit.cjs runs that. usage: node scripts/bundle.mjs (after tsc -b)
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));

// commander can start subcommands as processes, which costs each run the loading of node:child_process; ours are none.
const noChildProcess = {
  name: 'no-child-process',
  resolveId: id => (/^(node:)?child_process$/.test(id) ? '\0no-child-process' : null),
  load: id => (id === '\0no-child-process' ? 'export default {}; export const spawn = undefined;' : null),
};

async function bundleOne(name) {
  const bundle = await rolldown({
    input: { [name]: `${cli}dist/${name}.js` },
    platform: 'node',
    plugins: [noChildProcess],
  });
  await bundle.write({
    dir: `${cli}bundle`,
    // Node starts a CommonJS program in some 10 ms less than one of ES modules.
    format: 'cjs',
    codeSplitting: false,
    minify: true,
    entryFileNames: '[name].js',
  });
  await bundle.close();
}

rmSync(`${cli}bundle`, { recursive: true, force: true });
await bundleOne('main');
if (existsSync(`${cli}dist/pool-worker.js`)) await bundleOne('pool-worker');
writeFileSync(`${cli}bundle/package.json`, '{ "type": "commonjs" }\n');
execFileSync(process.execPath, [`${here}compile-cache.cjs`, `${cli}bundle/main.js`], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
