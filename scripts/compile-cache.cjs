// Writes what V8 compiles of a bundled program: what the program's usual work needs, which is done here once.
// usage: node compile-cache.cjs MAIN-JS
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { wrap } = require('node:module');
const { Script } = require('node:vm');

// V8 takes a cache only under the flags that it was made with; those that `encode` sets come after it was read.
require('node:v8').setFlagsFromString = () => {};

const filename = process.argv[2];
const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename });
const loaded = { exports: {} };
script.runInThisContext().call(loaded.exports, loaded.exports, require, loaded, filename, dirname(filename));

/** Two types, one of them a struct, little-endian. */
function smallBtf() {
  const strings = Buffer.from('\0int\0s\0i\0', 'latin1');
  const words = [0xeb9f | (1 << 16), 24, 0, 40, 40, strings.length];
  words.push(1, 1 << 24, 4, 32 | (1 << 24), 5, (4 << 24) | 1, 4, 7, 1, 0);
  return Buffer.concat([Buffer.from(Uint32Array.from(words).buffer), strings]);
}

const fixture = name => join(__dirname, '../fixtures/module', name);

const folder = mkdtempSync(join(tmpdir(), 'btfkit-'));
const input = join(folder, 'small.btf');
writeFileSync(input, smallBtf());
(async () => {
  const { main } = loaded.exports;
  for (const args of [
    ['dump', input],
    ['dump', input, 's'],
    ['dump', input, '--json'],
    ['stats', input],
    ['endian', input, '--to', 'big', '-o', join(folder, 'big.btf')],
    [
      'encode',
      fixture('btfkit_demo.ko'),
      '--base',
      fixture('mini-vmlinux.btf'),
      '-o',
      join(folder, 'module.btf'),
    ],
  ]) {
    const status = await main(args);
    if (status !== 0) throw new Error(`${args.join(' ')} ended with status ${status}`);
  }
  writeFileSync(`${filename}.${process.version}-${process.arch}.cache`, script.createCachedData());
  rmSync(folder, { recursive: true });
})();
