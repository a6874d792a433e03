import { type Btf, Kind } from '../btf/index.js';
import { EM_AARCH64, EM_X86_64, STB_WEAK } from '../elf/index.js';
import { isSince } from './kfunc-rules.js';
import type { ModuleFile } from './module-file.js';
import { symbolName } from './symbol-name.js';

/** What is known of the kernel beside its BTF. */
export interface KernelFacts {
  /** Release of the kernel's rules: "6.12". */
  readonly release: string;
  /** "6.12.117+deb12-cloud-amd64", or less of it. */
  readonly version?: string | undefined;
  /** Module.symvers */
  readonly symvers?: ReadonlyMap<string, number> | undefined;
  /** Exported symbols, or all. */
  readonly symbols?: ReadonlySet<string> | undefined;
  /** .config */
  readonly config?: ReadonlyMap<string, string> | undefined;
}

/** A reason for the loader to refuse a module before it looks at BTF, in the kernel's words. */
export interface LoadRefusal {
  /** Positive: 8 (ENOEXEC), 22, 2. */
  readonly errno: number;
  readonly text: string;
}

const ENOEXEC = 8;
const EINVAL = 22;
const ENOENT = 2;

/** What keeps a kernel from loading a module, but for BTF and signatures (kernel/module/main.c and version.c). */
export function findRefusals(
  module: ModuleFile,
  kernel: KernelFacts,
  vmlinux: Btf | undefined,
): LoadRefusal[] {
  return [
    ...structSize(module, kernel, vmlinux),
    ...layoutVersion(module, kernel),
    ...vermagic(module, kernel),
    ...symbolVersions(module, kernel),
    ...unknownSymbols(module, kernel),
  ];
}

/** Since 6.4 (elf_validity_check). */
function structSize(
  { structSize: size }: ModuleFile,
  { release }: KernelFacts,
  vmlinux: Btf | undefined,
): LoadRefusal[] {
  const id = vmlinux?.find('module', Kind.STRUCT) ?? 0;
  if (id === 0 || size === undefined || !isSince(release, '6.4')) return [];
  const expected = vmlinux!.sizeOrType(id);
  if (size === expected) return [];
  const text = `.gnu.linkonce.this_module section size must match the kernel's built struct module size at run time: ${size} bytes, struct module has ${expected}`;
  return [{ errno: ENOEXEC, text }];
}

const LAYOUT = 'module_layout';

/** check_modstruct_version */
function layoutVersion({ name, versions }: ModuleFile, { symvers }: KernelFacts): LoadRefusal[] {
  const own = versions?.find(version => version.name === LAYOUT);
  const theirs = symvers?.get(LAYOUT);
  if (own === undefined || theirs === undefined || own.crc === theirs) return [];
  return [{ errno: ENOEXEC, text: `${name}: disagrees about version of symbol ${LAYOUT}` }];
}

function symbolVersions({ name, versions }: ModuleFile, { symvers }: KernelFacts): LoadRefusal[] {
  if (symvers === undefined) return [];
  return (versions ?? [])
    .filter(({ name: symbol, crc }) => symbol !== LAYOUT && (symvers.get(symbol) ?? crc) !== crc)
    .map(({ name: symbol }) => ({
      errno: EINVAL,
      text: `${name}: disagrees about version of symbol ${symbol}; ${name}: Unknown symbol ${symbol} (err -22)`,
    }));
}

/** same_magic: where the module has checksums of symbols, its release is not compared. */
function vermagic({ name, modinfo, versions, elf }: ModuleFile, kernel: KernelFacts): LoadRefusal[] {
  const own = modinfo.get('vermagic')?.[0];
  if (own === undefined) return [];
  const [release, ...flags] = own.trim().split(' ');
  const theirs = kernel.config && vermagicFlags(kernel.config, elf.machine);
  const hasVersions = versions !== undefined && (theirs ?? flags).includes('modversions');
  const isRelease = kernel.version === undefined || hasVersions || isVersion(release!, kernel.version);
  if (isRelease && (theirs === undefined || theirs.join(' ') === flags.join(' '))) return [];
  const should = `${hasVersions ? release : (kernel.version ?? release)} ${(theirs ?? flags).join(' ')}`;
  return [{ errno: ENOEXEC, text: `${name}: version magic '${own}' should be '${should} '` }];
}

/** Whether a release is `version`, or `version` leaves out what comes after: "6.12" and "6.12.117" of "6.12.117+deb12". */
export function isVersion(release: string, version: string): boolean {
  const wanted = version.replace(/^v/, '');
  return release === wanted || (release.startsWith(wanted) && !/^\d/.test(release.slice(wanted.length)));
}

/**
 * VERMAGIC_STRING behind the release (include/linux/vermagic.h). Undefined where more stands there than the options say: on
 * other machines, and with the hash of a randomized layout.
 */
function vermagicFlags(config: ReadonlyMap<string, string>, machine: number): string[] | undefined {
  const has = (option: string) => config.get(option) === 'y';
  if ((machine !== EM_X86_64 && machine !== EM_AARCH64) || has('RANDSTRUCT')) return undefined;
  const flags: string[] = [];
  if (has('SMP')) flags.push('SMP');
  // PREEMPT_BUILD since 5.16, which PREEMPT_DYNAMIC implies.
  if (has('PREEMPT_RT')) flags.push('preempt_rt');
  else if (has('PREEMPT_BUILD') || has('PREEMPT')) flags.push('preempt');
  if (has('MODULE_UNLOAD')) flags.push('mod_unload');
  if (has('MODVERSIONS')) flags.push('modversions');
  if (machine === EM_AARCH64) flags.push('aarch64');
  return flags;
}

/** Where the module depends on no other, all that it needs must be the kernel's. */
function unknownSymbols({ name, modinfo, elf }: ModuleFile, { symbols: known }: KernelFacts): LoadRefusal[] {
  const symbols = elf.symbols();
  if (known === undefined || symbols === undefined || (modinfo.get('depends')?.[0] ?? '') !== '') return [];
  const refusals: LoadRefusal[] = [];
  for (let index = 1; index < symbols.length; index++) {
    if (symbols.shndx[index] !== 0 || symbols.bindingOf(index) === STB_WEAK) continue;
    const symbol = symbolName(symbols, index);
    if (symbol === '' || known.has(symbol)) continue;
    refusals.push({ errno: ENOENT, text: `${name}: Unknown symbol ${symbol} (err -2)` });
  }
  return refusals;
}
