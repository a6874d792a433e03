// The main job on the input that the repository carries, and on the running kernel where it has BTF.
// usage: node scripts/demo.mjs   (after npm run build)
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf } from './arguments.mjs';

argumentsOf(import.meta.url);

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'btfkit-demo-'));
const at = name => join('fixtures', 'module', name);
const out = name => join(scratch, name);
const shown = text => text.replaceAll(scratch + sep, '');

function btfkit(...args) {
  console.log(`$ btfkit ${shown(args.join(' '))}`);
  const command = join(root, 'packages/cli/bin/btfkit.cjs');
  process.stdout.write(
    shown(execFileSync(process.execPath, [command, ...args], { cwd: root, encoding: 'utf8' })),
  );
  console.log();
}

try {
  // A kernel of four units, and a module for it.
  btfkit('encode', at('mini-vmlinux'), '-o', out('mini-vmlinux.btf'));
  btfkit('encode', at('btfkit_demo.ko'), '--base', out('mini-vmlinux.btf'), '-o', out('btfkit_demo.btf'));
  btfkit('stats', out('btfkit_demo.btf'), '--base', out('mini-vmlinux.btf'));
  btfkit('dump', out('btfkit_demo.btf'), '--base', out('mini-vmlinux.btf'), 'demo_reader');
  btfkit('dump', out('btfkit_demo.btf'), '--base', out('mini-vmlinux.btf'), '--format', 'c', 'demo_reader');
  btfkit('verify', out('btfkit_demo.btf'), '--base', out('mini-vmlinux.btf'));
  const kernel = '/sys/kernel/btf/vmlinux';
  if (existsSync(kernel)) {
    btfkit('stats', kernel);
    btfkit('dump', kernel, 'list_head');
    btfkit('verify', kernel, '--as', 'vmlinux');
  } else {
    console.log(`(${kernel} is not here: no BTF of a running kernel to show)`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
