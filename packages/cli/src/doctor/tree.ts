import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { TextFile } from '@btfkit/core/doctor';

/** Scripts that decide how BTF is made, by their path in a tree. */
const SCRIPTS = [
  'scripts/pahole-flags.sh',
  'scripts/Makefile.btf',
  'scripts/gen-btf.sh',
  'scripts/link-vmlinux.sh',
  'scripts/Makefile.modfinal',
];
/** Others that are read whole. */
const TEXTS = [...SCRIPTS, 'Module.symvers'];
/** Files whose being there says something. */
const NAMED = [
  ...SCRIPTS,
  'vmlinux',
  'vmlinux.inline',
  'MAINTAINERS',
  'tools/bpf/resolve_btfids/main.c',
  'tools/bpf/resolve_btfids/resolve_btfids',
  'modules.order',
];
const CONFIGS = ['.config', 'include/config/auto.conf', 'config'];
const RELEASE = 'include/config/kernel.release';
const MODULE = /\.ko(\.(xz|zst|gz))?$/;
const LARGEST_TEXT = 16 << 20;
const DEEPEST = 16;

/** A folder as the doctor sees it. */
export interface Tree {
  readonly root: string;
  readonly files: ReadonlySet<string>;
  readonly sizes: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, TextFile>;
  /** Path of the configuration. */
  readonly config: TextFile | undefined;
  /** What `make kernelrelease` says, or the top of the Makefile, and where that stands. */
  readonly release: { readonly value: string; readonly from: string } | undefined;
  /** vmlinux and its steps, the final one first. */
  readonly kernels: readonly string[];
  readonly modules: readonly string[];
  readonly logs: readonly string[];
}

/** Told of what in a tree cannot be read; the rest is looked at. */
export type Unreadable = (path: string, error: unknown) => void;

/** Looks through a build tree, a headers package, or a folder of modules. Throws system errors for the folder itself. */
export function readTree(root: string, unreadable: Unreadable): Tree {
  const top = readdirSync(root, { withFileTypes: true }).map(({ name }) => name);
  const files = new Set(NAMED.filter(name => isFile(join(root, name))));
  const sizes = new Map<string, number>();
  for (const name of top.filter(name => name.endsWith('.BTF_ids'))) {
    sizes.set(join(root, name), statSync(join(root, name)).size);
  }
  return {
    root,
    files,
    sizes,
    texts: new Map(TEXTS.flatMap(path => textAt(root, path, unreadable))),
    config: configOf(root, unreadable),
    release: releaseOf(root, unreadable),
    kernels: kernelsUnder(root, top),
    modules: modulesUnder(root, unreadable),
    logs: top
      .filter(name => /\.log$|^dmesg|^build\.(txt|out)$|^make\.out$|^typescript$/.test(name))
      .map(name => join(root, name))
      .filter(isFile),
  };
}

/** Of a build tree, of the package of an image, or of installed modules. */
function configOf(root: string, unreadable: Unreadable): TextFile | undefined {
  const boot = join(root, 'boot');
  const packaged = isFolder(boot) ? readdirSync(boot).filter(name => name.startsWith('config-')) : [];
  const installed = installedAs(root);
  const found = [...CONFIGS, ...packaged.map(name => join('boot', name))].flatMap(path =>
    textAt(root, path, unreadable),
  );
  if (found.length === 0 && installed !== undefined) {
    found.push(...textAt(installed.prefix, join('boot', `config-${installed.name}`), unreadable));
  }
  return found[0]?.[1];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function textAt(root: string, path: string, unreadable: Unreadable): [string, TextFile][] {
  const full = join(root, path);
  try {
    const stat = statSync(full, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > LARGEST_TEXT) return [];
    return [[path, { path: full, text: readFileSync(full, 'utf8') }]];
  } catch (error) {
    unreadable(full, error);
    return [];
  }
}

function releaseOf(root: string, unreadable: Unreadable): Tree['release'] {
  const [release] = textAt(root, RELEASE, unreadable);
  if (release !== undefined) return { value: release[1].text.trim(), from: release[1].path };
  const [makefile] = textAt(root, 'Makefile', unreadable);
  if (makefile === undefined) return undefined;
  const [, file] = makefile;
  const field = (name: string) => file.text.match(new RegExp(`^${name} = ?(.*)$`, 'm'))?.[1]?.trim();
  const [version, patch, sub] = [field('VERSION'), field('PATCHLEVEL'), field('SUBLEVEL')];
  if (!/^\d+$/.test(version ?? '') || !/^\d+$/.test(patch ?? '')) return undefined;
  return { value: `${version}.${patch}.${sub || 0}${field('EXTRAVERSION') ?? ''}`, from: file.path };
}

/** Where packages have a kernel, when it is not at the top. */
const BOOT = ['boot', 'usr/lib/debug/boot', 'lib/debug/boot'];

function kernelsUnder(root: string, top: readonly string[]): string[] {
  const found = kernelsIn(root, top);
  if (found.length > 0) return found;
  const inBoot = BOOT.map(folder => join(root, folder)).filter(isFolder);
  const images = (folder: string) => readdirSync(folder).filter(name => /^vmlinuz([-+~\w.]*)$/.test(name));
  return [
    ...inBoot.flatMap(folder => kernelsIn(folder, readdirSync(folder))),
    ...inBoot.flatMap(folder => images(folder).map(name => join(folder, name))),
    ...kernelOfModules(root),
  ];
}

/** Of a folder such as /lib/modules/6.12.5: the kernel of that release beside it, or the one that runs. */
function kernelOfModules(root: string): string[] {
  const installed = installedAs(root);
  if (installed === undefined) return [];
  const { prefix, name } = installed;
  const files = BOOT.flatMap(folder =>
    [`vmlinux-${name}`, `vmlinuz-${name}`].map(file => join(prefix, folder, file)),
  );
  const running = name === release() && prefix === '/' ? ['/sys/kernel/btf/vmlinux'] : [];
  return [...running, ...files].filter(isFile).slice(0, 1);
}

/** "/" and "6.12.5" of /lib/modules/6.12.5, or /usr/lib/modules/6.12.5. */
function installedAs(root: string): { readonly prefix: string; readonly name: string } | undefined {
  const match = /^(.*?)(?:\/usr)?\/lib\/modules\/(\d+\.\d+[^/]*)$/.exec(resolve(root).split(sep).join('/'));
  return match === null ? undefined : { prefix: match[1] || '/', name: match[2]! };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What the link writes, and what packages call a kernel; the link leaves many other files with such names. */
const KERNEL =
  /^(vmlinux(\.unstripped|\.debug|\.btf|-[-+~\w.]+)?|\.tmp_vmlinux(\d|\.btf|\.kallsyms\d|\d\.kallsyms)?)$/;

/** The final vmlinux, then what the link left on the way. */
function kernelsIn(root: string, top: readonly string[]): string[] {
  const named = top.filter(name => KERNEL.test(name) && !/\.(map|gz|xz|zst|h)$/.test(name));
  const order = ['vmlinux', 'vmlinux.unstripped'];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return named
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(name => join(root, name))
    .filter(isFile);
}

/** All modules under a folder, in the order of their paths; in sysfs, their BTF. Links are not followed. */
function modulesUnder(root: string, unreadable: Unreadable): string[] {
  const found: string[] = [];
  if (resolve(root) === '/sys/kernel/btf') {
    const names = readdirSync(root).filter(name => !name.startsWith('vmlinux'));
    return names.sort().map(name => join(root, name));
  }
  const walk = (folder: string, depth: number) => {
    for (const entry of entriesOf(folder, unreadable)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < DEEPEST && entry.name !== '.git') walk(path, depth + 1);
      else if (entry.isFile() && MODULE.test(entry.name)) found.push(path);
    }
  };
  walk(root, 0);
  return found.sort();
}

function entriesOf(folder: string, unreadable: Unreadable): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    unreadable(folder, error);
    return [];
  }
}

/** The path in the tree that a script goes by; undefined for another file. */
export function scriptName(path: string): string | undefined {
  return SCRIPTS.find(script => basename(script) === basename(path));
}

/** "drivers/net/x.ko" */
export function inTree(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}
