// Writes what V8 compiles of the bundled command: what its usual work needs, which is done here once.
// usage: node compile-cache.cjs
const { mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { bundleLoader, cacheOf } = require('../packages/cli/bin/load.cjs');

// V8 takes a cache only under the flags that it was made with; those that verbs set come after it was read.
require('node:v8').setFlagsFromString = () => {};

const bundle = join(__dirname, '../packages/cli/bundle');
const scripts = new Map();
const load = bundleLoader((filename, code) => {
  const script = new Script(code, { filename });
  scripts.set(filename, script);
  return script;
});

/** Two types, one of them a struct, little-endian. */
function smallBtf() {
  const strings = Buffer.from('\0int\0s\0i\0', 'latin1');
  const words = [0xeb9f | (1 << 16), 24, 0, 40, 40, strings.length];
  words.push(1, 1 << 24, 4, 32 | (1 << 24), 5, (4 << 24) | 1, 4, 7, 1, 0);
  return Buffer.concat([Buffer.from(Uint32Array.from(words).buffer), strings]);
}

const fixture = name => join(__dirname, '../fixtures', name);
const vmlinux = fixture('module/mini-vmlinux.btf');
const relocated = [fixture('core/program-el.o'), '--target', fixture('core/kernel-el.o')];

const folder = mkdtempSync(join(tmpdir(), 'btfkit-'));
const input = join(folder, 'small.btf');
writeFileSync(input, smallBtf());
(async () => {
  const { main } = load('main.js');
  for (const args of [
    ['dump', input],
    ['dump', input, 's'],
    ['dump', input, '--json'],
    ['dump', vmlinux, '--format', 'c'],
    ['layout', vmlinux, 'list_head'],
    ['verify', vmlinux, '--as', 'vmlinux'],
    ['stats', input],
    ['endian', input, '--to', 'big', '-o', join(folder, 'big.btf')],
    ['encode', fixture('module/btfkit_demo.ko'), '--base', vmlinux, '-o', join(folder, 'module.btf')],
    ['core', 'apply', ...relocated, '-o', join(folder, 'relocated.o')],
    ['core', 'min', ...relocated, '-o', join(folder, 'min.btf')],
  ]) {
    const status = await main(args);
    if (status !== 0) throw new Error(`${args.join(' ')} ended with status ${status}`);
  }
  for (const name of readdirSync(bundle)) {
    if (name.endsWith('.js') && name !== 'pool-worker.js') load(name);
  }
  for (const [file, script] of scripts) writeFileSync(cacheOf(file), script.createCachedData());
  rmSync(folder, { recursive: true });
})();
