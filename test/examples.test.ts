import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

// Runs the examples of the public documentation: every ```ts block of core's README and of the docstrings of
// packages/core/src/*/index.ts, each as a module of its own, against dist. CONTRIBUTING.md has the convention.

const root = fileURLToPath(new URL('..', import.meta.url));

interface Example {
  readonly file: string;
  /** Line of the fence, counted from 1. */
  readonly line: number;
  readonly code: string;
}

function examplesOf(file: string): Example[] {
  if (!existsSync(join(root, file))) return [];
  const examples: Example[] = [];
  let open: { line: number; code: string[] } | undefined;
  for (const [index, raw] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    const line = file.endsWith('.ts') ? raw.replace(/^\s*(\/\*)?\*\s?/, '') : raw;
    if (open && line.startsWith('```')) {
      examples.push({ file, line: open.line, code: open.code.join('\n') });
      open = undefined;
    } else if (open) open.code.push(line);
    else if (line.trim() === '```ts') open = { line: index + 1, code: [] };
  }
  return examples;
}

const claim = /^(?:const (\w+) = )?(.+?);\s*\/\/ => (.+)$/;

/** The block with each `statement; // => value` followed by a comparison, on the same line to keep line numbers. */
function checked(code: string): string {
  const body = code.split('\n').map(line => {
    const [, name, expression, value] = line.match(claim) ?? [];
    if (value === undefined) return line;
    return name === undefined
      ? `same((${expression}), (${value}));`
      : `const ${name} = ${expression}; same(${name}, (${value}));`;
  });
  return `${body.join('\n')}\nimport { deepStrictEqual as same } from 'node:assert';\n`;
}

const manifest = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
const files = Object.keys(manifest.exports).map(subpath =>
  posix.join('packages/core/src', subpath, 'index.ts'),
);

// Below the root, so that @btfkit/core is found as a user's module would find it.
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const scratch = mkdtempSync(join(cache, 'examples-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe.each([...files, 'packages/core/README.md'])('%s', file => {
  const examples = examplesOf(file);

  test('has an example that states a result', () => {
    expect(examples.flatMap(({ code }) => code.split('\n').filter(line => claim.test(line)))).not.toEqual([]);
  });

  test.for(examples)('line $line', ({ line, code }) => {
    const path = join(scratch, `${file.replace(/\W/g, '-')}-${line}.mjs`);
    writeFileSync(path, checked(code));
    const { status, stderr } = spawnSync(process.execPath, [path], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
