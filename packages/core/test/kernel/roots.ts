import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileTree, memoryTree } from '@btfkit/core/kernel';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));

export const fixture = (path: string) => new Uint8Array(readFileSync(join(fixtures, path)));

export const vmlinux = fixture('module/mini-vmlinux.btf');
export const demo = fixture('module/btfkit_demo.btf');
export const demoKo = fixture('inputs/btfkit_demo.ko');

export type Files = Record<string, Uint8Array | string | Error>;

/** All files of a folder of fixtures/kernel-roots, by absolute path. */
export function filesOf(root: string): Files {
  const folder = join(fixtures, 'kernel-roots', root);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    files.map(entry => {
      const path = join(entry.parentPath, entry.name);
      return [`/${relative(folder, path).split(sep).join('/')}`, new Uint8Array(readFileSync(path))];
    }),
  );
}

/** A tree that counts how often each file was opened. */
export function counted(files: Files): FileTree & { readonly opened: Map<string, number> } {
  const tree = memoryTree(files);
  const opened = new Map<string, number>();
  return {
    ...tree,
    opened,
    open(path) {
      const file = tree.open(path);
      opened.set(path, (opened.get(path) ?? 0) + 1);
      return file;
    },
  };
}
