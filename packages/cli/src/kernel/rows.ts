import type { Btf } from '@btfkit/core/btf';
import type { Kernel, ModuleBtf, ModuleState } from '@btfkit/core/kernel';
import { type Failure, failureOf } from '../exit.js';

/** A line of `kernel list`. Null for what is not known, and all of the BTF where there is none. */
export interface Row {
  readonly name: string;
  readonly state: ModuleState | 'kernel';
  readonly from: ModuleBtf['from'] | 'image';
  readonly file: string | null;
  readonly size: number | null;
  readonly types: number | null;
  readonly firstId: number | null;
  readonly lastId: number | null;
  readonly base: string | null;
  readonly missing: string | null;
  readonly notes: readonly string[];
}

/** What could not be read. */
export interface Failed extends Failure {
  readonly name: string;
}

export async function vmlinuxRow(kernel: Kernel): Promise<Row> {
  const { btf, file, from, notes } = await kernel.vmlinux();
  return { name: 'vmlinux', state: 'kernel', from, file, missing: null, notes, ...sizes(btf) };
}

/** A module that cannot be read does not keep the others from being listed. */
export async function moduleRow(kernel: Kernel, name: string): Promise<Row | Failed> {
  try {
    return rowOf(await kernel.module(name));
  } catch (error) {
    return { name, ...failureOf(error) };
  }
}

function rowOf({ name, state, from, file, missing, notes, btf }: ModuleBtf): Row {
  const own = from === 'vmlinux' ? { file: null, ...NOTHING } : { file, ...sizes(btf) };
  return { name, state, from, missing, notes, ...own };
}

const NOTHING = { size: null, types: null, firstId: null, lastId: null, base: null };

function sizes(btf: Btf) {
  return {
    size: btf.bytes.length,
    types: btf.endId - btf.startId,
    firstId: btf.startId,
    lastId: btf.endId - 1,
    base: btf.base === null ? null : (btf.base.name ?? 'vmlinux'),
  };
}
