// Keeps the import direction of the packages. usage: node scripts/check-imports.mjs [ROOT]
// Prints a line per violation and exits 1, or exits 0.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf } from './arguments.mjs';

/** Folder of packages/core/src → the folders that it may import. A folder stands below its importers. */
const coreLayers = {
  bytes: [],
  compress: ['bytes'],
  elf: ['bytes', 'compress'],
  btf: ['bytes'],
  dwarf: ['bytes', 'elf'],
  dedup: ['bytes', 'btf'],
  rewrite: ['bytes', 'btf'],
  distill: ['bytes', 'btf', 'rewrite'],
  print: ['bytes', 'btf'],
  c: ['bytes', 'btf', 'print'],
  diff: ['bytes', 'btf', 'c'],
  value: ['bytes', 'btf', 'print', 'c'],
  verify: ['bytes', 'btf', 'rewrite', 'distill'],
  kbuild: ['bytes', 'elf'],
  doctor: [
    'bytes',
    'elf',
    'kbuild',
    'btf',
    'dwarf',
    'ids',
    'kfuncs',
    'input',
    'verify',
    'module',
    'core-relo',
  ],
  convert: ['bytes', 'btf', 'verify'],
  encode: ['bytes', 'elf', 'dwarf', 'btf', 'dedup'],
  layout: ['bytes', 'btf'],
  ext: ['bytes', 'btf'],
  ids: ['bytes', 'elf', 'btf'],
  'core-relo': ['bytes', 'elf', 'btf', 'ext', 'rewrite'],
  kfuncs: ['bytes', 'btf', 'ids'],
  module: ['bytes', 'elf', 'btf', 'distill', 'ids', 'verify'],
  input: ['bytes', 'compress', 'elf', 'btf', 'distill'],
  'core-check': ['bytes', 'elf', 'btf', 'ext', 'core-relo', 'kernel'],
  kernel: ['bytes', 'elf', 'btf', 'rewrite', 'distill', 'input'],
};

// Anchored to a line's start, so that examples in docstrings (" * import …") are not read as imports.
const statement = /^(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;
const dynamic = /^(?!\s*(?:\*|\/\/)).*?\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm;
const asset = /new URL\(\s*['"]([^'"]+)['"],\s*import\.meta\.url/g;

function* importsOf(text) {
  for (const pattern of [statement, dynamic, asset]) {
    for (const match of text.matchAll(pattern))
      yield { specifier: match[1] ?? match[2], isAsset: pattern === asset };
  }
}

function sourcesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Top folder of a source path; a file that stands in src itself is a unit of its own. */
const unitOf = path => path.split('/')[0].replace(/\.(ts|js)$/, '');
const packageOf = specifier => specifier.match(/^(@[^/]+\/)?[^/]+/)[0];

/**
 * Imports of one package: [{ file, specifier, from, to, isAsset }], `to` the unit of a relative import or undefined;
 * `isAsset` for what is named by URL, such as a worker.
 */
function readPackage(folder) {
  const src = join(folder, 'src');
  const found = [];
  for (const file of sourcesUnder(src)) {
    for (const { specifier, isAsset } of importsOf(readFileSync(join(src, file), 'utf8'))) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
      // A package may read its own manifest.
      if (target === '../package.json') continue;
      found.push({ file, specifier, from: unitOf(file), to: target && unitOf(target), isAsset });
    }
  }
  return { manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), imports: found };
}

function checkCore({ manifest, imports }, report) {
  const pinned = new Set(Object.keys(manifest.dependencies ?? {}));
  for (const { file, specifier, from, to } of imports) {
    const allowed = coreLayers[from];
    if (!allowed) report(file, `folder ${from} has no place in the layers of scripts/check-imports.mjs`);
    else if (to === undefined && specifier.startsWith('node:'))
      report(file, `imports ${specifier}: core runs in a browser`);
    else if (to === undefined && !pinned.has(packageOf(specifier)))
      report(file, `imports ${specifier}, which is no dependency of the package`);
    else if (to !== undefined && to !== from && !allowed.includes(to))
      report(file, `imports ${specifier}: ${from} may import ${allowed.join(', ') || 'no other folder'}`);
  }
}

function checkCli({ manifest, imports }, core, report) {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const pinned = new Set(Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }));
  const subpaths = new Set(
    Object.keys(core.manifest.exports).map(key => posix.join(core.manifest.name, key)),
  );
  for (const { file, specifier, to } of imports) {
    if (to === '..') report(file, `imports ${specifier}, outside the package`);
    else if (to !== undefined || specifier.startsWith('node:')) continue;
    else if (packageOf(specifier) === core.manifest.name && !subpaths.has(specifier))
      report(file, `imports ${specifier}, which is no subpath export of ${core.manifest.name}`);
    else if (!pinned.has(packageOf(specifier)))
      report(file, `imports ${specifier}, which is no dependency of the package`);
  }
}

/** One line for the first cycle between units, if there is one. */
function checkCycles({ imports }, report) {
  const edges = new Map();
  for (const { from, to, isAsset } of imports) {
    // Whoever starts a worker does not call it: that the worker imports the starter's types is no circle.
    if (to !== undefined && to !== from && !isAsset) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  const done = new Set();
  const visit = (unit, path) => {
    if (path.includes(unit)) {
      report(unit, `cycle: ${[...path.slice(path.indexOf(unit)), unit].join(' → ')}`);
      return;
    }
    if (done.has(unit)) return;
    for (const next of edges.get(unit) ?? []) visit(next, [...path, unit]);
    done.add(unit);
  };
  for (const unit of edges.keys()) visit(unit, []);
}

const [folder] = argumentsOf(import.meta.url, { allowPositionals: true }).positionals;
const root = resolve(folder ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const violations = [];
const reportIn = name => (file, problem) => violations.push(`packages/${name}/src/${file}: ${problem}`);
const core = readPackage(join(root, 'packages/core'));
const cli = readPackage(join(root, 'packages/cli'));
checkCore(core, reportIn('core'));
checkCycles(core, reportIn('core'));
checkCli(cli, core, reportIn('cli'));
checkCycles(cli, reportIn('cli'));
for (const line of violations) console.log(line);
process.exitCode = violations.length > 0 ? 1 : 0;
