// Bundles the command with all that it needs, so that a start reads few files: packages/cli/bundle/main.js has it as a
// function, with what each verb loads in files beside it; packages/cli/bin/btfkit.cjs runs that.
// usage: node scripts/bundle.mjs (after tsc -b)
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

// Outside of ASCII there are only texts, in which an escape is the same. A file of one byte a character is read faster.
const ascii = {
  name: 'ascii',
  generateBundle: (_, files) => {
    for (const file of Object.values(files)) file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
  },
};

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

async function bundleOne(name, codeSplitting) {
  const bundle = await rolldown({
    input: { [name]: `${cli}dist/${name}.js` },
    platform: 'node',
    plugins: [noChildProcess],
  });
  await bundle.write({
    dir: `${cli}bundle`,
    // Node starts a CommonJS program in some 10 ms less than one of ES modules.
    format: 'cjs',
    codeSplitting,
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    plugins: [ascii],
  });
  await bundle.close();
}

rmSync(`${cli}bundle`, { recursive: true, force: true });
await bundleOne('main', true);
if (existsSync(`${cli}dist/pool-worker.js`)) await bundleOne('pool-worker', false);
writeFileSync(`${cli}bundle/package.json`, '{ "type": "commonjs" }\n');
// What it says is shown where it fails: relocations that cannot be made are part of the work.
execFileSync(process.execPath, [`${here}compile-cache.cjs`], { stdio: ['ignore', 'ignore', 'pipe'] });
