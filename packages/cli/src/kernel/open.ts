import { statSync } from 'node:fs';
import { Kernel, type KernelOptions } from '@btfkit/core/kernel';
import { UsageError } from '../exit.js';
import { folderTree } from './file-tree.js';

export interface RootOptions {
  /** A folder with a captured /sys, /proc and /boot; this machine where it is left out. */
  readonly root?: string | undefined;
  readonly release?: string | undefined;
}

const opened = new Map<string, Kernel>();

/** The kernel of this machine or of a captured one; the same object each time, which keeps what it read. */
export function openKernel(options: RootOptions, references?: KernelOptions['references']): Kernel {
  const { release } = options;
  const root = options.root ?? ownRoot();
  const key = JSON.stringify([root, release, references]);
  let kernel = opened.get(key);
  if (kernel === undefined) {
    // What is no folder would look like a machine without any BTF.
    if (!statSync(root).isDirectory()) throw new UsageError(`--root ${root}: expected a folder`);
    kernel = new Kernel(folderTree(root), { release, references });
    opened.set(key, kernel);
  }
  return kernel;
}

function ownRoot(): string {
  if (process.platform === 'linux') return '/';
  const system = { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? process.platform;
  throw new UsageError(
    `no kernel with BTF runs here (${system}): --root DIR names a folder with /sys, /proc and /boot of a Linux machine`,
  );
}
