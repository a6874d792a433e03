import { statSync } from 'node:fs';
import { Kernel } from '@btfkit/core/kernel';
import { UsageError } from '../exit.js';
import { folderTree } from './file-tree.js';

export interface RootOptions {
  /** A folder with a captured /sys, /proc and /boot; this machine where it is left out. */
  readonly root?: string | undefined;
  readonly release?: string | undefined;
}

/** The kernel of this machine or of a captured one; keep it, it keeps what it has read. */
export function openKernel({ root = ownRoot(), release }: RootOptions, references?: boolean): Kernel {
  // What is no folder would look like a machine without any BTF.
  if (!statSync(root).isDirectory()) throw new UsageError(`--root ${root}: expected a folder`);
  return new Kernel(folderTree(root), { release, references });
}

function ownRoot(): string {
  if (process.platform === 'linux') return '/';
  const system = { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? process.platform;
  throw new UsageError(
    `no kernel with BTF runs here (${system}): --root DIR names a folder with /sys, /proc and /boot of a Linux machine`,
  );
}
