// Bundles the command with all that it needs, so that a start reads few files: packages/cli/bundle/main.js has it as a
// function, with what each verb loads in files beside it; packages/cli/bin/btfkit.cjs runs that.
// usage: node scripts/bundle.mjs (after tsc -b)
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
const core = fileURLToPath(new URL('../packages/core/', import.meta.url));
const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));

// commander can start subcommands as processes, which costs each run the loading of node:child_process; ours are none.
const noChildProcess = {
  name: 'no-child-process',
  resolveId: id => (/^(node:)?child_process$/.test(id) ? '\0no-child-process' : null),
  load: id => (id === '\0no-child-process' ? 'export default {}; export const spawn = undefined;' : null),
};

// Until V8 optimizes a function, that is for most of a short run, each `Kind.STRUCT` in it is two calls: tables of numbers
// are written out. Their names are each one table's, and no other variable's.
const tables = new Map();
for (const folder of [cli, core].map(folder => join(folder, 'dist'))) {
  for (const file of readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.js'))) {
    const code = readFileSync(join(folder, file), 'utf8');
    for (const [, name, rows] of code.matchAll(/^export const (\w+) = \{((?:\s*\w+: \w+,?)+)\s*\};/gm)) {
      const values = new Map([...rows.matchAll(/(\w+): (\w+)/g)].map(([, key, value]) => [key, value]));
      const isNumbers = [...values.values()].every(value => !Number.isNaN(Number(value)));
      if (isNumbers) tables.set(name, tables.has(name) ? new Map() : values);
    }
  }
}
const numbers = {
  name: 'numbers',
  transform: code =>
    code.replace(
      /\b([A-Z]\w*)\.([A-Z]\w*)\b(?!\s*\()/g,
      (text, name, key) => tables.get(name)?.get(key) ?? text,
    ),
};

// The same for what a file takes from another: no export changes.
const properties = {
  name: 'properties',
  generateBundle: (_, files) => {
    for (const file of Object.values(files)) {
      file.code = file.code.replace(
        /Object\.defineProperty\(exports,(["`'])(\w+)\1,\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g,
        'exports.$2=$3',
      );
    }
  },
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
    plugins: [noChildProcess, numbers],
  });
  await bundle.write({
    dir: `${cli}bundle`,
    // Node starts a CommonJS program in some 10 ms less than one of ES modules.
    format: 'cjs',
    codeSplitting,
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    plugins: [properties, ascii],
  });
  await bundle.close();
}

rmSync(`${cli}bundle`, { recursive: true, force: true });
await bundleOne('main', true);
if (existsSync(`${cli}dist/pool-worker.js`)) await bundleOne('pool-worker', false);
writeFileSync(`${cli}bundle/package.json`, '{ "type": "commonjs" }\n');
// What it says is shown where it fails: relocations that cannot be made are part of the work.
execFileSync(process.execPath, [`${here}compile-cache.cjs`], { stdio: ['ignore', 'ignore', 'pipe'] });
