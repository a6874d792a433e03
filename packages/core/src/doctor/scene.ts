import { isFrom as isReleaseFrom, paholeText } from '../kbuild/index.js';
import { configVersion, type KernelConfig } from './config.js';

import type { Subject } from './subject.js';

/** Something that is known, and where from. */
export interface Known<T> {
  readonly value: T;
  readonly from: string;
}

/** A text file of a build tree. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What is at hand to look at, but for the single files. */
export interface Scene {
  /** "5.15.90-wsl", as exact as it could be found. */
  readonly kernel: Known<string> | undefined;
  /** 125 for 1.25; 0 where the build found none. */
  readonly pahole: Known<number> | undefined;
  readonly config: KernelConfig | undefined;
  /** Scripts and makefiles of a build tree, by their path in it. */
  readonly texts: ReadonlyMap<string, TextFile>;
  /** Files of a build tree that are there, by their path in it; those that can be large are only named. */
  readonly files: ReadonlySet<string>;
  /** Bytes of files that stand beside others, by path as it is named. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The folder, where one was named. */
  readonly tree: string | undefined;
  /** The kernel that modules are for; its BTF is what they stand on. */
  readonly vmlinux: Subject | undefined;
  /** BPF objects. */
  readonly programs: readonly Subject[];
}

/** Is the kernel known, and older than this release? */
export function isBefore(scene: Scene, major: number, minor: number): boolean {
  return scene.kernel !== undefined && !isFrom(scene, major, minor);
}

/** Is the kernel known, and this release or newer? */
export function isFrom({ kernel }: Scene, major: number, minor: number): boolean {
  return isReleaseFrom(kernel?.value, major, minor);
}

/** What is known of the two versions, as evidence. */
export function versions({ kernel, pahole }: Scene): string[] {
  const known: string[] = [];
  if (kernel !== undefined) known.push(`kernel ${kernel.value} (${kernel.from})`);
  if (pahole !== undefined) known.push(`${paholeName(pahole.value)} (${pahole.from})`);
  return known.length === 0 ? [] : [known.join(', ')];
}

function paholeName(version: number): string {
  return version === 0 ? 'no pahole' : `pahole ${paholeText(version)}`;
}

/** What a configuration says of versions. */
export function knownFromConfig(config: KernelConfig | undefined): Pick<Scene, 'kernel' | 'pahole'> {
  if (config === undefined) return { kernel: undefined, pahole: undefined };
  const release = configVersion(config);
  const pahole = config.get('PAHOLE_VERSION');
  return {
    kernel: release === undefined ? undefined : { value: release, from: config.path },
    pahole:
      pahole === undefined || !/^\d{1,4}$/.test(pahole)
        ? undefined
        : { value: Number(pahole), from: `CONFIG_PAHOLE_VERSION in ${config.path}` },
  };
}

/** Nothing at all is at hand. */
export function emptyScene(): Scene {
  return {
    kernel: undefined,
    pahole: undefined,
    config: undefined,
    texts: new Map(),
    files: new Set(),
    sizes: new Map(),
    tree: undefined,
    vmlinux: undefined,
    programs: [],
  };
}
