import type { Btf } from '../btf/index.js';
import { type ByteSource, FormatError } from '../bytes/index.js';
import { DistillError } from '../distill/index.js';
import { SHT_NOBITS } from '../elf/index.js';
import { loadBtf, openInput } from '../input/index.js';
import { checkKnownKinds, rename } from '../rewrite/fields.js';
import type { ModuleState } from './module-states.js';

/** The types that a program sees which works with a module. */
export interface ModuleBtf {
  readonly name: string;
  /** The module's on those of vmlinux, or where it has none those of vmlinux alone. */
  readonly btf: Btf;
  /** `sysfs`: of the running kernel; `file`: the module file's own; `vmlinux`: the module has none. */
  readonly from: 'sysfs' | 'file' | 'vmlinux';
  /** Where the types were read, as messages name it. */
  readonly file: string;
  readonly state: ModuleState;
  /** The file in sysfs that is not there. Null where it is, and for what is built in: its types are vmlinux's. */
  readonly missing: string | null;
  /** Each one line. */
  readonly notes: readonly string[];
}

/** The BTF in a module's file, or why there is none that goes with this kernel. */
export type OwnBtf =
  | { readonly btf: Btf; readonly file: string }
  | { readonly btf: null; readonly reason: string };

/**
 * Reads the BTF of a module's file on that of the kernel. One without BTF, and one whose BTF was made for another
 * kernel, are answers; FormatError is for what is no sound ELF file or BTF.
 */
export async function readOwnBtf(source: ByteSource, vmlinux: Btf): Promise<OwnBtf> {
  const { elf } = await openInput(source);
  if (elf === undefined) throw new FormatError('expected a module, an ELF file', { file: source.name });
  const section = elf.section('.BTF');
  if (section === undefined || section.type === SHT_NOBITS) return without(`${source.name} has no .BTF`);
  try {
    const { btf, distilledBase } = await loadBtf(source, { base: vmlinux });
    if (distilledBase === undefined && !namesAreWhole(btf)) return without(misfit(source, vmlinux));
    return { btf, file: source.name };
  } catch (error) {
    if (error instanceof DistillError) return without(error.message);
    // A reference that leads nowhere: sound by itself, but not on these types.
    const isMisfit = error instanceof FormatError && error.where.typeId !== undefined;
    if (isMisfit && section.size > 0 && elf.section('.BTF.base') === undefined) {
      return without(`${misfit(source, vmlinux)}: type [${error.where.typeId}]: ${error.problem}`);
    }
    throw error;
  }
}

function without(reason: string): OwnBtf {
  return { btf: null, reason };
}

function misfit(source: ByteSource, vmlinux: Btf): string {
  return `the .BTF of ${source.name} was made for another kernel than ${vmlinux.name ?? 'this vmlinux'}`;
}

/**
 * Whether each name that a module takes from its base is a whole string there. Tools that write BTF know no others, so
 * that a name which begins within one shows that the base is another: a bigger one takes any offset.
 */
export function namesAreWhole(btf: Btf): boolean {
  const { base, strings } = btf;
  if (base === null) return false;
  checkKnownKinds(btf);
  let areWhole = true;
  rename(btf.words.slice(), offset => {
    if (offset < strings.start) {
      const layer = strings.layer(offset);
      const at = offset - layer.start;
      if (at > 0 && layer.bytes[at - 1] !== 0) areWhole = false;
    }
    return offset;
  });
  return areWhole;
}
