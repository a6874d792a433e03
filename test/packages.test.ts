import { execSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** Paths that `npm pack` would put into the package, without making it. */
function packed(folder: string): Set<string> {
  const output = execSync('npm pack --dry-run --json --ignore-scripts --loglevel=error', {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // npm 10 and 11 print a list; newer ones an object keyed by package name.
  const [entry] = Object.values(JSON.parse(output) as Record<string, Packed>);
  return new Set(entry!.files.map(({ path }) => path));
}

/** Every path that the manifest's exports and bin name. */
function targets(manifest: Record<string, unknown>): string[] {
  const leaves = (node: unknown): string[] =>
    typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(leaves);
  return [...leaves(manifest.exports), ...leaves(manifest.bin)].map(path => posix.normalize(path));
}

describe.each(['core', 'cli'])('npm pack of packages/%s', name => {
  const folder = join(packages, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = packed(folder);

  test('holds every target of exports and bin', () => {
    expect(targets(manifest).length).toBeGreaterThan(0);
    expect(targets(manifest).filter(path => !files.has(path))).toEqual([]);
  });

  test('holds licence and README', () => {
    expect([...files]).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  });

  test('README tells of every subpath', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const subpaths = Object.keys(manifest.exports ?? {}).map(subpath => posix.join(manifest.name, subpath));
    expect(subpaths.filter(subpath => !readme.includes(`| \`${subpath}\` |`))).toEqual([]);
  });

  test('holds every file that its JavaScript imports', () => {
    const missing = [...files]
      .filter(path => /\.c?js$/.test(path))
      .flatMap(path => relativeImports(readFileSync(join(folder, path), 'utf8'), path))
      .filter(path => !files.has(path));
    expect(missing).toEqual([]);
  });

  test('holds no sources, tests or build state, and nothing that no build made', () => {
    const wanted =
      /^(LICENSE|README\.md|(bundle\/)?package\.json|bin\/.*\.cjs|bundle\/.*\.js|dist\/.*\.(js|d\.ts))$/;
    expect([...files].filter(path => !wanted.test(path))).toEqual([]);
    const made = [...files].filter(path => path.startsWith('dist/') && path.endsWith('.js'));
    const sources = made.map(path => path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'));
    expect(sources.filter(path => !existsSync(join(folder, path)))).toEqual([]);
  });
});

describe('installed from its package alone', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'packages-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  /** Lays out what would be packed as an installation would have it. */
  function install(name: string, as: string): string {
    const target = join(scratch, 'node_modules', as);
    for (const path of packed(join(packages, name))) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      copyFileSync(join(packages, name, path), join(target, path));
    }
    return target;
  }

  test('the command runs', () => {
    const installed = install('cli', 'btfkit');
    const blob = join(packages, '../fixtures/module/mini-vmlinux.btf');
    const args = [join(installed, 'bin/btfkit.cjs'), 'dump', blob, 'list_head'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: scratch });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain("STRUCT 'list_head' size=16 vlen=2");
  });

  test('every subpath of the library can be imported', () => {
    install('core', '@btfkit/core');
    const manifest = JSON.parse(readFileSync(join(packages, 'core/package.json'), 'utf8'));
    const subpaths = Object.keys(manifest.exports).map(subpath => posix.join('@btfkit/core', subpath));
    const code = subpaths.map(subpath => `await import('${subpath}');`).join('\n');
    const module = join(scratch, 'all.mjs');
    writeFileSync(module, code);
    const required = join(scratch, 'all.cjs');
    writeFileSync(required, subpaths.map(subpath => `require('${subpath}');`).join('\n'));
    for (const path of [module, required]) {
      const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', path], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
  });
});

function relativeImports(text: string, from: string): string[] {
  const pattern =
    /(?:\bfrom|\bimport|\b(?:import|require)\()\s*["'](\.{1,2}\/[^"']+)["']|new URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url/g;
  return [...text.matchAll(pattern)].map(match => posix.join(posix.dirname(from), match[1] ?? match[2]!));
}
