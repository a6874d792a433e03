// Loads the bundled command: with the code that V8 compiled of it at build time where that fits this Node, else plainly.
// It is in the repository, unlike the bundle: npm links a workspace's executables before anything is built.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, '../bundle/main.js');

module.exports = function load() {
  let cachedData;
  try {
    cachedData = readFileSync(`${filename}.${process.version}-${process.arch}.cache`);
  } catch {
    require('node:module').enableCompileCache?.();
    return require(filename);
  }
  // What Node's loader makes of a CommonJS module.
  const code = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(filename, 'utf8')}\n});`;
  const script = new Script(code, { filename, cachedData });
  const loaded = { exports: {} };
  script
    .runInThisContext()
    .call(loaded.exports, loaded.exports, require, loaded, filename, dirname(filename));
  return loaded.exports;
};
