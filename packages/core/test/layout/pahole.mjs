import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Btf, Kind } from '@btfkit/core/btf';

export const RANDOM_SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);
export const RANDOM_TYPES = 150;

/** Options of pahole, and what makes the same of a blob: by `Layouts`, made with `options`. */
export const modes = {
  all: { args: [], ours: layouts => join0(layouts.all(), ({ id }) => layouts.print(id)) },
  expanded: {
    args: ['-E'],
    options: { expand: true },
    ours: layouts => join0(layouts.all(), ({ id }) => layouts.print(id)),
  },
  'cacheline-32': {
    args: ['-c', '32'],
    options: { cacheline: 32 },
    ours: layouts => join0(layouts.all(), ({ id }) => layouts.print(id)),
  },
  sizes: {
    args: ['-s'],
    ours: layouts => join0(layouts.sizes(), row => `${row.name}\t${row.size}\t${row.holes}\n`),
  },
  packable: {
    args: ['-P'],
    ours: layouts =>
      join0(layouts.packable(), row => `${row.name}\t${row.size}\t${row.packedSize}\t${row.saved}\n`),
  },
  named: {
    args: ['-C'],
    ours: (layouts, names) => join0(names, name => `${layouts.print(layouts.named(name)[0])}\n`),
  },
  reorganized: {
    args: ['-R', '-C'],
    ours: (layouts, names) => join0(names, name => layouts.printReorganized(layouts.named(name)[0])),
  },
};

function join0(rows, textOf) {
  return Array.from(rows, textOf).join('');
}

const definitions = [Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.TYPEDEF, Kind.ENUM64];

/** The names of all that can be printed, in order of id. */
export function namesIn(btf) {
  const names = new Set();
  for (let id = 1; id < btf.endId; id++) {
    if (definitions.includes(btf.kind(id)) && btf.typeName(id) !== '') names.add(btf.typeName(id));
  }
  return [...names];
}

/** What pahole prints of a blob. */
export function answer(pahole, mode, file, base) {
  const args = ['-F', 'btf', ...(base === undefined ? [] : ['--btf_base', base]), ...modes[mode].args];
  const scratch = mkdtempSync(join(tmpdir(), 'layout-'));
  if (args.at(-1) === '-C') {
    const list = join(scratch, 'names');
    const under = base === undefined ? undefined : Btf.parse(readFileSync(base));
    writeFileSync(list, `${namesIn(Btf.parse(readFileSync(file), { base: under })).join('\n')}\n`);
    args.push(`file://${list}`);
  }
  const { status, stdout, stderr } = spawnSync(pahole, [...args, file], { maxBuffer: 1 << 28 });
  rmSync(scratch, { recursive: true });
  if (status !== 0) throw new Error(`pahole ${args.join(' ')} ${file}: ${status} ${stderr}`);
  return stdout.toString();
}
