// Loads the bundled command: with the code that V8 compiled of it at build time where that fits this Node, else plainly.
// It is in the repository, unlike the bundle: npm links a workspace's executables before anything is built.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, '../bundle');
const cacheOf = file => `${file}.${process.version}-${process.arch}.cache`;

/** Runs files of the bundle as Node's loader does CommonJS modules. `compile` makes a Script of a file's code. */
function bundleLoader(compile) {
  const modules = new Map();
  const requireFrom = id => (id.startsWith('./') ? load(id.slice(2)) : require(id));
  function load(name) {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const file = join(folder, name);
    // The bundle is plain ASCII, which is read faster so.
    const code = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(file, 'latin1')}\n});`;
    compile(file, code)
      .runInThisContext()
      .call(module.exports, module.exports, requireFrom, module, file, folder);
    return module.exports;
  }
  return load;
}

function withCache(filename, code) {
  return new Script(code, { filename, cachedData: readFileSync(cacheOf(filename)) });
}

module.exports = function load() {
  const main = join(folder, 'main.js');
  if (existsSync(cacheOf(main))) return bundleLoader(withCache)('main.js');
  require('node:module').enableCompileCache?.();
  return require(main);
};
module.exports.bundleLoader = bundleLoader;
module.exports.cacheOf = cacheOf;
