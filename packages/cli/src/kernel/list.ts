import { Reported, say } from '../exit.js';
import { asText, writeJson, writeOut } from '../output.js';
import { openKernel, type RootOptions } from './open.js';
import { type Failed, moduleRow, type Row, vmlinuxRow } from './rows.js';

export interface ListOptions extends RootOptions {
  readonly json?: true;
}

export async function list(options: ListOptions): Promise<void> {
  const kernel = openKernel(options);
  const vmlinux = await vmlinuxRow(kernel);
  const { names, others } = kernel.list();
  const modules: (Row | Failed)[] = [];
  for (const name of names) modules.push(await moduleRow(kernel, name));
  const notes = others.map(name => `${name} is not a module: names of modules have no dot`);
  if (options.json) {
    writeJson({
      root: options.root ?? '/',
      release: kernel.release ?? null,
      vmlinux,
      modules: modules.map(row => (isFailed(row) ? { name: row.name, error: row.message } : row)),
      notes,
    });
  } else writeOut(text(kernel.release, vmlinux, modules, notes));
  const failed = modules.filter(isFailed);
  for (const failure of failed) say(failure);
  if (failed.length > 0) throw new Reported(failed[0].status);
}

function isFailed(row: Row | Failed): row is Failed {
  return 'message' in row;
}

function text(
  release: string | undefined,
  vmlinux: Row,
  modules: readonly (Row | Failed)[],
  notes: string[],
): string {
  const header = ['NAME', 'STATE', 'TYPES', 'BYTES', 'BASE', 'FILE'];
  const lines = table([header, cells(vmlinux), ...modules.map(cells)]);
  const without = modules.filter(row => !isFailed(row) && row.missing !== null).length;
  const all = [
    `kernel ${release ?? 'of an unknown release'}`,
    '',
    ...lines,
    '',
    `${modules.length} module${modules.length === 1 ? '' : 's'}${without > 0 ? `, ${without} without BTF: the types of vmlinux alone are used` : ''}`,
    ...[...vmlinux.notes, ...notes].map(note => `note: ${note}`),
  ];
  return asText(all);
}

function cells(row: Row | Failed): string[] {
  if (isFailed(row)) return [row.name, '-', '-', '-', '-', 'cannot be read'];
  const { name, state, types, size, base, file } = row;
  return [
    name,
    state,
    `${types ?? '-'}`,
    `${size ?? '-'}`,
    base === null ? '-' : 'vmlinux',
    file ?? 'no BTF',
  ];
}

/** Columns of equal width, the third and fourth of them numbers. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  return rows.map(row =>
    row
      .map((cell, column) => {
        if (column === row.length - 1) return cell;
        return column === 2 || column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
      })
      .join('  '),
  );
}
