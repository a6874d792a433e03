import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FileTree } from '@btfkit/core/kernel';
import { fileSource } from '../files.js';

/** As the kernel's MAXSYMLINKS. */
const MOST_LINKS = 40;

/** The files below a folder, as if it were `/`: links lead to what the captured machine has there, never out of it. */
export function folderTree(root: string): FileTree {
  const isOurs = root === '/';
  const name = (path: string) => (isOurs ? path : join(root, path));
  const place = (path: string) => {
    // Names come from files of the tree, and may have any byte.
    if (path.includes('\0')) throw systemError('ENOENT', 'no such file or directory');
    return isOurs ? path : name(followed(path, name));
  };
  return {
    name,
    open: path => renamed(name(path), () => ({ ...fileSource(place(path)), name: name(path) })),
    list: path =>
      renamed(name(path), () =>
        readdirSync(place(path), { withFileTypes: true }).map(entry => ({
          name: entry.name,
          isFolder: entry.isDirectory(),
        })),
      ),
  };
}

/** A path of the tree with its links followed within the tree. What is not there stays as it is. */
function followed(path: string, name: (path: string) => string): string {
  let links = 0;
  let done = '';
  const parts = path.split('/');
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done = done.slice(0, Math.max(0, done.lastIndexOf('/')));
      continue;
    }
    const here = `${done}/${part}`;
    if (!lstatSync(name(here), { throwIfNoEntry: false })?.isSymbolicLink()) {
      done = here;
      continue;
    }
    if (++links > MOST_LINKS) throw systemError('ELOOP', 'too many symbolic links');
    const target = readlinkSync(name(here));
    if (target.startsWith('/')) done = '';
    parts.unshift(...target.split('/'));
  }
  return done === '' ? '/' : done;
}

/** As Node has it of the system. */
function systemError(code: string, reason: string): Error {
  return Object.assign(new Error(`${code}: ${reason}, open`), { code, syscall: 'open' });
}

/** Messages name a file as it was asked for, not where a link led. */
function renamed<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path });
    throw error;
  }
}
