// Starts the bundled command: with the code that V8 compiled of it at build time where that fits this Node, else
// plainly. Becomes packages/cli/bundle/btfkit.js.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { wrap } = require('node:module');
const { Script } = require('node:vm');

const filename = join(__dirname, 'main.js');

function load() {
  let cachedData;
  try {
    cachedData = readFileSync(`${filename}.${process.version}-${process.arch}.cache`);
  } catch {
    return require('./main.js');
  }
  const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData });
  const loaded = { exports: {} };
  script.runInThisContext().call(loaded.exports, loaded.exports, require, loaded, filename, __dirname);
  return loaded.exports;
}

load()
  .main(process.argv.slice(2))
  .then(status => process.exit(status));
