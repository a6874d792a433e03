import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../scripts/check-imports.mjs', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs the check on a tree of two packages that holds these sources besides valid ones. */
function check(sources: Record<string, string>): { status: number | null; lines: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'imports-'));
  folders.push(root);
  const files = {
    'core/package.json': JSON.stringify({
      name: '@btfkit/core',
      exports: { './btf': './dist/btf/index.js' },
      dependencies: { fzstd: '0.1.1' },
    }),
    'cli/package.json': JSON.stringify({
      name: 'btfkit',
      devDependencies: { '@btfkit/core': '0.1.0', commander: '14.0.3' },
    }),
    'core/src/bytes/index.ts': 'export const one = 1;\n',
    'core/src/compress/zstd.ts':
      "import { decompress } from 'fzstd';\nimport {\n  one,\n} from '../bytes/index.js';\n",
    'cli/src/main.ts': "import { dump } from './verbs/dump.js';\nimport 'commander';\nimport 'node:fs';\n",
    'cli/src/verbs/dump.ts': "import { Btf } from '@btfkit/core/btf';\n",
    ...sources,
  };
  for (const [path, text] of Object.entries(files)) {
    const place = join(root, 'packages', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').filter(Boolean) };
}

test('accepts imports that follow the layers', () => {
  expect(check({})).toEqual({ status: 0, lines: [] });
});

test('an import in a docstring is no import', () => {
  const text =
    "/**\n * import { readFileSync } from 'node:fs';\n * await import('node:fs')\n */\nexport const a = 1;\n";
  expect(check({ 'core/src/btf/a.ts': text })).toEqual({ status: 0, lines: [] });
});

test('a worker may import from who starts it', () => {
  const sources = {
    'cli/src/pool.ts': "const url = new URL('./worker.js', import.meta.url);\n",
    'cli/src/worker.ts': "import type { Task } from './pool.js';\n",
  };
  expect(check(sources)).toEqual({ status: 0, lines: [] });
});

test.each([
  [
    'upwards in core',
    'core/src/bytes/a.ts',
    "import type { Btf } from '../btf/index.js';\n",
    /bytes\/a\.ts.*may import no/,
  ],
  ['BTF knows no ELF', 'core/src/btf/a.ts', "export * from '../elf/index.js';\n", /btf\/a\.ts.*elf/],
  [
    'an import over several lines',
    'core/src/btf/a.ts',
    "import {\n  a,\n  b,\n} from '../dwarf/index.js';\n",
    /dwarf/,
  ],
  ['node: in core', 'core/src/elf/a.ts', "import { openSync } from 'node:fs';\n", /node:fs.*browser/],
  [
    'a dynamic import in core',
    'core/src/elf/a.ts',
    "const fs = await import('node:fs');\n",
    /node:fs.*browser/,
  ],
  ['an unlisted package in core', 'core/src/elf/a.ts', "import 'pako';\n", /pako.*no dependency/],
  ['a folder without a layer', 'core/src/misc/a.ts', "import '../bytes/index.js';\n", /misc has no place/],
  [
    "core's inside from the cli",
    'cli/src/a.ts',
    "import '@btfkit/core/dist/btf/x.js';\n",
    /no subpath export/,
  ],
  [
    "core's sources from the cli",
    'cli/src/a.ts',
    "import '../../core/src/btf/x.js';\n",
    /outside the package/,
  ],
  ['an unlisted package in the cli', 'cli/src/a.ts', "import 'chalk';\n", /chalk.*no dependency/],
  ['a cycle in the cli', 'cli/src/verbs/a.ts', "import '../main.js';\n", /cycle: main → verbs → main/],
])('reports %s', (_, path, text, line) => {
  const { status, lines } = check({ [path]: text });
  expect(lines).toEqual([expect.stringMatching(line)]);
  expect(status).toBe(1);
});
