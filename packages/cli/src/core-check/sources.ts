import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type ByteSource, FormatError } from '@btfkit/core/bytes';
import { detectCompression } from '@btfkit/core/compress';
import { isElf } from '@btfkit/core/elf';
import { isModuleName, moduleNameOf } from '@btfkit/core/kernel';
import { failureOf, Status } from '../exit.js';
import { fileSource } from '../files.js';
import { withoutEndings } from './names.js';
import { isTar, type TarEntry, tarEntries } from './tar.js';

/** A file with BTF of a module. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string;
}

/** Where a kernel is, or several in one archive. Plain data. */
export interface KernelSource {
  readonly is: 'file' | 'root';
  readonly path: string;
  /** The part of the file that it is: an entry of an archive. */
  readonly part?: { readonly offset: number; readonly size: number } | undefined;
  /** From folders to file; the end of it becomes its name. */
  readonly labels: readonly string[];
  /** Modules that stand beside it. */
  readonly modules: readonly ModuleFile[];
  /** It was found in a folder, and may turn out to be no kernel. */
  readonly isFound?: true;
}

/** Folders in folders, more than anybody makes. */
const DEEPEST = 24;
/** A header of tar, and enough of anything else. */
export const START = 1024;

/**
 * The kernels that a target names: a file; a folder with /sys or /proc of a machine; a folder like /sys/kernel/btf, with
 * `vmlinux` and modules beside it; or a folder of all these. Throws Node's system errors.
 */
function kernelSources(target: string): KernelSource[] {
  if (target === '-' || !statSync(target).isDirectory()) return found(target, [labelOf(target)], true);
  return once(ofFolder(target, [labelOf(target)], 0)).map(source => ({ ...source, isFound: true }));
}

/** A kernel that links lead to as well is there once, with its modules. */
function once(sources: readonly KernelSource[]): KernelSource[] {
  const found = new Map<string, KernelSource>();
  for (const source of sources) {
    const key = `${realpathSync(source.path)} ${source.part?.offset ?? ''}`;
    const known = found.get(key);
    if (known === undefined || known.modules.length < source.modules.length) found.set(key, source);
  }
  return [...found.values()];
}

/** Throws FormatError where no kernel is named. */
export function allSources(targets: readonly string[]): KernelSource[] {
  return targets.flatMap(target => {
    const sources = kernelSources(target);
    if (sources.length === 0) throw new FormatError('no kernel with BTF in this folder', { file: target });
    return sources;
  });
}

function labelOf(path: string): string {
  if (path === '-') return 'stdin';
  return basename(resolve(path)) || release();
}

function ofFolder(folder: string, labels: readonly string[], depth: number): KernelSource[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => naturally(a.name, b.name));
  const names = new Set(entries.map(({ name }) => name));
  if (isRoot(folder, names)) return [{ is: 'root', path: folder, labels, modules: [] }];
  if (names.has('vmlinux') && statSync(join(folder, 'vmlinux')).isFile()) {
    // /sys/kernel/btf of this machine or of a captured one has more around it.
    const root = rootOf(folder);
    if (root !== undefined) return [{ is: 'root', path: root, labels: [labelOf(root)], modules: [] }];
    return [{ is: 'file', path: join(folder, 'vmlinux'), labels, modules: moduleFiles(folder) }];
  }
  if (depth === DEEPEST) return [];
  return entries.flatMap(({ name }) => {
    const path = join(folder, name);
    const inner = [...labels, name];
    const stat = statOf(path);
    // A link to a folder may lead back here.
    if (stat?.isDirectory()) return lstatSync(path).isSymbolicLink() ? [] : ofFolder(path, inner, depth + 1);
    return stat?.isFile() === true && stat.size > 0 ? found(path, inner, false) : [];
  });
}

/** Links may lead nowhere, or in a circle. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** What a file may be; that which was named is a kernel, whatever it is. What cannot be read or is damaged is told of later. */
function found(path: string, labels: readonly string[], isNamed: boolean): KernelSource[] {
  try {
    return isNamed || couldBeKernel(startOf(path), labels.at(-1)!) ? ofFile(path, labels) : [];
  } catch (error) {
    if (failureOf(error).status !== Status.INPUT) throw error;
    return [{ is: 'file', path, labels, modules: [] }];
  }
}

/** `6.2` before `6.10`: numbers in names by their value. */
function naturally(a: string, b: string): number {
  const parts = [a, b].map(name => name.match(/\d+|\D+/g) ?? []);
  for (const [at, left] of parts[0].entries()) {
    const right = parts[1][at];
    if (right === undefined) return 1;
    const number = Number(left) - Number(right);
    if (number !== 0 && !Number.isNaN(number)) return number;
    if (left !== right) return left < right ? -1 : 1;
  }
  return parts[0].length - parts[1].length;
}

function isRoot(folder: string, names: ReadonlySet<string>): boolean {
  if (resolve(folder) === '/') return true;
  const has = (path: string) =>
    statSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory() === true;
  if (names.has('sys') && has('sys/kernel/btf')) return true;
  return names.has('proc') && has('proc') && (has('boot') || has('lib/modules') || has('usr/lib/modules'));
}

/** The root that a folder is the /sys/kernel/btf of. */
function rootOf(folder: string): string | undefined {
  const place = realpathSync(folder);
  if (!place.endsWith('/sys/kernel/btf')) return undefined;
  const root = place.slice(0, -'/sys/kernel/btf'.length);
  return root === '' ? '/' : root;
}

/** Whether a file of a folder or an archive can be a kernel's: by its first bytes, by name only for modules and images. */
export function couldBeKernel(start: Uint8Array, name: string): boolean {
  if (moduleNameOf(name) !== undefined) return false;
  const isImage = /^(vmlinu[xz]|[bz]?Image|kernel-)/.test(name) && start.length >= START;
  return (
    isBtf(start) || isImage || isElf(start) || isTar(start) || (detectCompression(start) ?? 'lzma') !== 'lzma'
  );
}

/** By its magic, in either byte order. */
export function isBtf([first, second]: Uint8Array): boolean {
  return (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);
}

function startOf(path: string): Uint8Array {
  const source = fileSource(path);
  try {
    return source.read(0, Math.min(START, source.size));
  } finally {
    source.close();
  }
}

/** An archive that is not compressed has its entries apart, so that threads can share them. */
function ofFile(path: string, labels: readonly string[]): KernelSource[] {
  const whole: KernelSource = { is: 'file', path, labels, modules: [] };
  if (path === '-') return [whole];
  const source = fileSource(path);
  try {
    if (!isTar(source.read(0, Math.min(START, source.size)))) return [whole];
    return kernelEntries(source).map(({ name, offset, size }) => ({
      ...whole,
      part: { offset, size },
      labels: [...labels, ...labelsOf(name)],
    }));
  } finally {
    source.close();
  }
}

/** The files of an archive that can be kernels. */
export function kernelEntries(archive: ByteSource): TarEntry[] {
  return tarEntries(archive).filter(({ name, offset, size }) => {
    const start = archive.read(offset, Math.min(START, size));
    return size > 0 && couldBeKernel(start, name.slice(name.lastIndexOf('/') + 1));
  });
}

/** `./a/b.btf` as labels. */
export function labelsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.');
}

/** What the name of a kernel's file or folder begins with: `5.4.0-42-generic`, also after `vmlinux-`. */
export function releaseOf(labels: readonly string[]): string | undefined {
  return withoutEndings(labels.at(-1)!).match(/^(?:vmlinu[xz]-)?(\d+\.\d+.*)$/)?.[1];
}

/** Adds the modules of a folder: those of a folder in it with a kernel's name, where there are such; else all of it. */
export function withModules(sources: readonly KernelSource[], folder: string): KernelSource[] {
  const folders = new Set(
    readdirSync(folder, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : [])),
  );
  const named = sources.map(({ labels }) => {
    const name = withoutEndings(labels.at(-1)!);
    return folders.has(name) ? name : undefined;
  });
  const isByName = named.some(name => name !== undefined);
  const all = isByName ? [] : moduleFiles(folder);
  return sources.map((source, index) => {
    const name = named[index];
    const added = name === undefined ? all : moduleFiles(join(folder, name));
    return { ...source, modules: [...source.modules, ...added] };
  });
}

/** Files of modules in a folder, and in those below it: as /sys/kernel/btf has them, `.ko` in all forms, or `.btf`. */
function moduleFiles(folder: string): ModuleFile[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .flatMap(({ name, parentPath }) => {
      const module = moduleNameOf(name) ?? name.replace(/\.btf$/, '').replaceAll('-', '_');
      const isVmlinux = /^vmlinux/.test(name);
      return isVmlinux || !isModuleName(module) ? [] : [{ name: module, path: join(parentPath, name) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.path < b.path ? -1 : 1));
}
