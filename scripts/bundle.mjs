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
const ourFolders = [cli, core].map(folder => join(folder, 'dist'));

// commander can start subcommands as processes, which costs each run the loading of node:child_process; ours are none.
const noChildProcess = {
  name: 'no-child-process',
  resolveId: id => (/^(node:)?child_process$/.test(id) ? '\0no-child-process' : null),
  load: id => (id === '\0no-child-process' ? 'export default {}; export const spawn = undefined;' : null),
};

/** Tables of numbers that files export, by name, each key's number as it is written. Those of a name that two files have are left out. */
function findTables() {
  const tables = new Map();
  for (const folder of ourFolders) {
    for (const file of readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.js'))) {
      const code = readFileSync(join(folder, file), 'utf8');
      for (const [, name] of code.matchAll(/^(?:export )?(?:const|let|class|function) (\w+)/gm)) {
        tables.set(name, tables.has(name) ? null : tableOf(code, name));
      }
    }
  }
  return tables;
}

function tableOf(code, name) {
  const [, rows] =
    code.match(new RegExp(`^export const ${name} = \\{((?:\\s*\\w+: -?\\w+,?)+)\\s*\\};`, 'm')) ?? [];
  const values = [...(rows ?? '').matchAll(/(\w+): (-?\w+)/g)].map(([, key, value]) => [key, value]);
  return values.length > 0 && values.every(([, value]) => !Number.isNaN(Number(value)))
    ? new Map(values)
    : null;
}

function nodesOf(node, found = []) {
  if (node.type !== undefined) found.push(node);
  for (const part of Object.values(node)) if (part !== null && typeof part === 'object') nodesOf(part, found);
  return found;
}

// Until V8 optimizes a function, that is for most of a short run, each `Kind.STRUCT` in it is two calls: tables of numbers
// are written out where they are imported.
let tables;
const numbers = {
  name: 'numbers',
  transform(code, id) {
    if (!ourFolders.some(folder => id.startsWith(folder))) return;
    tables ??= findTables();
    if (![...code.matchAll(/\b([A-Z]\w*)\.\w/g)].some(([, name]) => tables.get(name))) return;
    const nodes = nodesOf(this.parse(code));
    const imported = nodes
      .filter(({ type, source }) => type === 'ImportDeclaration' && /^(\.|@btfkit\/)/.test(source.value))
      .flatMap(({ specifiers }) => specifiers)
      .filter(({ imported, local }) => imported?.name === local.name && tables.get(local.name))
      .map(({ local }) => local.name);
    const uses = nodes.filter(
      ({ type, computed, object, property }) =>
        type === 'MemberExpression' &&
        !computed &&
        imported.includes(object.name) &&
        tables.get(object.name).has(property.name),
    );
    for (const { start, end, object, property } of uses.sort((a, b) => b.start - a.start)) {
      code = `${code.slice(0, start)}(${tables.get(object.name).get(property.name)})${code.slice(end)}`;
    }
    return code;
  },
};

// The same for what a file takes from another: exports are not set again.
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
