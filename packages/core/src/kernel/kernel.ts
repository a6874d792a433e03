import type { Btf } from '../btf/index.js';
import { type ByteSource, FormatError } from '../bytes/index.js';
import { loadBtf } from '../input/index.js';
import { attachTarget } from './attach.js';
import { type Attachment, findAttachment } from './attachment.js';
import { readConfig } from './config.js';
import { Kallsyms } from './kallsyms.js';
import { type ModuleBtf, type OwnBtf, readOwnBtf } from './module-btf.js';
import { isModuleName, kernelName, ModuleFiles, moduleNameOf } from './module-files.js';
import { type ModuleState, ModuleStates } from './module-states.js';
import { findRelease, runningRelease } from './release.js';
import { type FileTree, tryList, tryOpen, tryRead } from './tree.js';
import { loadVmlinux, SYSFS, type VmlinuxBtf } from './vmlinux.js';

const KALLSYMS = '/proc/kallsyms';

export interface KernelOptions {
  /** Of `uname -r`. Needed where the tree has several kernels and no /proc. */
  readonly release?: string | undefined;
  /** As in ParseOptions, for vmlinux and the modules of sysfs. With false only what is looked at should be trusted. */
  readonly references?: boolean | undefined;
}

/** Each in the order of names. */
export interface ModuleList {
  /** Those with BTF in sysfs and those that are loaded. */
  readonly names: readonly string[];
  /** Those with BTF in sysfs. */
  readonly withBtf: readonly string[];
  /** What else stands in /sys/kernel/btf, as `vmlinux.inline`. */
  readonly others: readonly string[];
}

/**
 * One kernel in a tree of files. Nothing is read before it is asked for, and nothing twice: vmlinux, each module, the
 * lists and kallsyms are kept. Errors of the tree, such as EACCES, and FormatError pass through and name the file.
 */
export class Kernel {
  readonly tree: FileTree;
  private readonly options: KernelOptions;
  private readonly states: ModuleStates;
  private readonly modules = new Map<string, Promise<ModuleBtf>>();
  private main: Promise<VmlinuxBtf> | undefined;
  private files: ModuleFiles | undefined;
  private symbols: Kallsyms | null | undefined;
  private settings: Promise<string | null> | undefined;
  private knownRelease: string | null | undefined;

  constructor(tree: FileTree, options: KernelOptions = {}) {
    this.tree = tree;
    this.options = options;
    this.states = new ModuleStates(tree);
  }

  /** Undefined where neither the options nor the tree tell. */
  get release(): string | undefined {
    this.knownRelease ??= this.options.release ?? findRelease(this.tree) ?? null;
    return this.knownRelease ?? undefined;
  }

  /** The kernel's own BTF: from sysfs, or as libbpf finds it, or out of its image. FormatError where there is none. */
  vmlinux(): Promise<VmlinuxBtf> {
    this.main ??= loadVmlinux(this.tree, {
      release: () => this.release,
      sysfs: this.isRunning(),
      references: this.options.references,
    });
    return this.main;
  }

  /**
   * The BTF of a module on vmlinux's: from sysfs, or its file's own, or else vmlinux's alone with a note. That a module
   * has none is no error. FormatError for a name that no module can have, such as `vmlinux.inline`.
   */
  module(name: string): Promise<ModuleBtf> {
    const known = kernelName(name);
    if (!isModuleName(known)) {
      return Promise.reject(new FormatError(`"${name}" is not a module: their names have no dot or slash`));
    }
    let module = this.modules.get(known);
    if (module === undefined) {
      module = this.loadModule(known);
      this.modules.set(known, module);
    }
    return module;
  }

  /** The BTF of a module's file, which need not be in the tree, on vmlinux's. Where it has none, as `module`. */
  async moduleFile(source: ByteSource): Promise<ModuleBtf> {
    const name = moduleNameOf(source.name);
    if (name === undefined) throw new FormatError('expected a name that ends in .ko', { file: source.name });
    const { btf: vmlinux } = await this.vmlinux();
    const own = await readOwnBtf(source, vmlinux);
    if (own.btf === null) {
      const instead = await this.module(name);
      return { ...instead, notes: [own.reason, ...instead.notes] };
    }
    const { btf } = own;
    const state = this.stateOf(name);
    return { name, btf, from: 'file', file: source.name, state, missing: null, notes: emptiness(btf) };
  }

  /** The modules that have BTF in sysfs or are loaded. Reads names only. */
  list(): ModuleList {
    if (!this.isRunning()) return { names: [], withBtf: [], others: [] };
    const files = (tryList(this.tree, SYSFS) ?? []).map(({ name }) => name).sort();
    const withBtf = files.filter(isModuleName);
    const names = [...new Set([...withBtf, ...(this.states.loaded ?? [])])].sort();
    return { names, withBtf, others: files.filter(name => name !== 'vmlinux' && !isModuleName(name)) };
  }

  /** Null where the tree has none. */
  kallsyms(): Kallsyms | null {
    if (this.symbols === undefined) {
      const bytes = tryRead(this.tree, KALLSYMS);
      this.symbols = bytes === undefined ? null : new Kallsyms(bytes, this.tree.name(KALLSYMS));
    }
    return this.symbols;
  }

  /** Text of its configuration; null where the tree has none. FormatError where it cannot be decompressed. */
  config(): Promise<string | null> {
    this.settings ??= readConfig(this.tree, this.release);
    return this.settings;
  }

  /**
   * From the name of a program's section to what it attaches to and which modules have that, as kallsyms says. Null for
   * programs that attach to nothing of the kernel's code.
   */
  attachment(section: string): Attachment | null {
    const target = attachTarget(section);
    if (target === null) return null;
    return findAttachment(target, () => this.kallsyms(), this.tree.name(KALLSYMS));
  }

  /** All modules with BTF in sysfs: what libbpf goes through for a type that vmlinux does not have. */
  async modulesWithBtf(): Promise<ModuleBtf[]> {
    const modules: ModuleBtf[] = [];
    for (const name of this.list().withBtf) modules.push(await this.module(name));
    return modules;
  }

  /** The BTF of the modules that a program attaches to; none where its target is vmlinux's. */
  async modulesFor(section: string): Promise<ModuleBtf[]> {
    const modules: ModuleBtf[] = [];
    for (const name of this.attachment(section)?.modules ?? []) modules.push(await this.module(name));
    return modules;
  }

  /** False where the release that is asked for is another than that of the tree's /proc, and so of its /sys. */
  private isRunning(): boolean {
    const { release } = this.options;
    return release === undefined || (runningRelease(this.tree) ?? release) === release;
  }

  private moduleFiles(): ModuleFiles {
    this.files ??= new ModuleFiles(this.tree, this.release);
    return this.files;
  }

  private stateOf(name: string): ModuleState {
    const isBuiltin = this.moduleFiles().isBuiltin(name);
    if (this.isRunning()) return this.states.of(name, isBuiltin);
    return isBuiltin ? 'built in' : 'unknown';
  }

  private async loadModule(name: string): Promise<ModuleBtf> {
    const { btf: vmlinux, file: vmlinuxFile } = await this.vmlinux();
    const path = `${SYSFS}/${name}`;
    const file = this.isRunning() ? tryOpen(this.tree, path) : undefined;
    if (file !== undefined) {
      try {
        const { references } = this.options;
        const { btf } = await loadBtf(file, { base: vmlinux, references });
        const notes = emptiness(btf);
        return { name, btf, from: 'sysfs', file: file.name, state: 'loaded', missing: null, notes };
      } finally {
        file.close();
      }
    }
    const state = this.stateOf(name);
    const instead = { name, btf: vmlinux, from: 'vmlinux', file: vmlinuxFile, state } as const;
    if (state === 'built in') {
      return {
        ...instead,
        missing: null,
        notes: [`${name} is built into the kernel: its types are vmlinux's`],
      };
    }
    const missing = this.tree.name(path);
    const absence = `${missing} is not there: ${ABSENCE[state](name)}`;
    const own = await this.readOwn(name);
    if (own.btf !== null) {
      const { btf, file } = own;
      const notes = [absence, `the .BTF of ${file} is used`, ...emptiness(btf)];
      return { name, btf, from: 'file', file, state, missing: null, notes };
    }
    return { ...instead, missing, notes: [absence, own.reason, 'the types of vmlinux alone are used'] };
  }

  /** The first BTF in one of a module's files. */
  private async readOwn(name: string): Promise<OwnBtf> {
    const { btf: vmlinux } = await this.vmlinux();
    const files = this.moduleFiles();
    let without: OwnBtf | undefined;
    for (const path of files.paths(name)) {
      const file = tryOpen(this.tree, path);
      if (file === undefined) continue;
      try {
        const own = await readOwnBtf(file, vmlinux);
        if (own.btf !== null) return own;
        without ??= own;
      } finally {
        file.close();
      }
    }
    const [folder] = files.folders;
    const where = folder === undefined ? ': the release is not known' : ` in ${this.tree.name(folder)}`;
    return without ?? { btf: null, reason: `no ${name}.ko was found${where}` };
  }
}

const ABSENCE: Readonly<Record<Exclude<ModuleState, 'built in'>, (name: string) => string>> = {
  loaded: name => `${name} is loaded, but this kernel has no BTF of it`,
  'not loaded': name => `${name} is not loaded`,
  unknown: name => `whether ${name} is loaded is not known`,
};

function emptiness(btf: Btf): string[] {
  return btf.endId === btf.startId ? ['it has no types of its own, as a module without C code'] : [];
}
