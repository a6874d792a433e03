import { oneLine } from '../bytes/index.js';
import type { ModuleBtf } from './module-btf.js';

/** A module without BTF that a program works with. */
export type WithoutBtf = Pick<ModuleBtf, 'name' | 'missing'>;

/**
 * A type that a relocation needs is not in vmlinux's BTF, and a module that the program attaches to has no BTF that it
 * could be in.
 */
export class MissingTypeError extends Error {
  override readonly name = 'MissingTypeError';
  /** As C has it: `struct nf_conn`. */
  readonly type: string;
  /** The modules, each with the file that is not there. */
  readonly modules: readonly { readonly name: string; readonly file: string }[];

  constructor(type: string, modules: MissingTypeError['modules']) {
    const where = modules.map(({ name, file }) => `module ${name}, whose BTF is missing (${file})`);
    super(oneLine(`${type} is not in the BTF of vmlinux; it may be of ${where.join(', or of ')}`));
    this.type = type;
    this.modules = modules;
  }
}

/**
 * Why a type may be missing that was found in no BTF: the modules of a program whose BTF is not there. Undefined where
 * all have theirs, so that the type is not in this kernel.
 */
export function missingType(type: string, modules: Iterable<WithoutBtf>): MissingTypeError | undefined {
  const blind = [...modules].flatMap(({ name, missing }) =>
    missing === null ? [] : [{ name, file: missing }],
  );
  return blind.length > 0 ? new MissingTypeError(type, blind) : undefined;
}
