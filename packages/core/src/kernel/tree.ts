import { type ByteSource, memorySource } from '../bytes/index.js';

/** A file that was opened; closed by whoever opened it. */
export interface OpenFile extends ByteSource {
  close(): void;
}

export interface FolderEntry {
  readonly name: string;
  /** Of a symbolic link false, whatever it leads to. */
  readonly isFolder: boolean;
}

/**
 * The files of a machine: the running one, or what was captured of another. Paths are those of that machine, absolute
 * and with `/`. Errors have a `code` as Node's have: ENOENT, EACCES, EPERM and so on.
 */
export interface FileTree {
  /** A path as messages name it, with the folder that the tree stands in. */
  name(path: string): string;
  open(path: string): OpenFile;
  list(path: string): readonly FolderEntry[];
}

/** What a tree of ours throws where Node's own errors are not at hand. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string) {
    super(`${path}: ${REASONS[code] ?? code}`);
    this.code = code;
    this.path = path;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ELOOP: 'too many symbolic links',
};

/** The `code` of an error of a tree; undefined for errors of other kinds. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** "permission denied" */
export function reasonOf(code: string): string {
  return REASONS[code] ?? code;
}

/** Runs `body`; undefined where there is no such file. Every other error stays one. */
export function orMissing<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function tryOpen(tree: FileTree, path: string): OpenFile | undefined {
  return orMissing(() => tree.open(path));
}

export function tryList(tree: FileTree, path: string): readonly FolderEntry[] | undefined {
  return orMissing(() => tree.list(path));
}

export function exists(tree: FileTree, path: string): boolean {
  const file = tryOpen(tree, path);
  file?.close();
  return file !== undefined;
}

export function tryRead(tree: FileTree, path: string): Uint8Array | undefined {
  const file = tryOpen(tree, path);
  if (file === undefined) return undefined;
  try {
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

const decoder = new TextDecoder();

export function tryReadText(tree: FileTree, path: string): string | undefined {
  const bytes = tryRead(tree, path);
  return bytes === undefined ? undefined : decoder.decode(bytes);
}

/** Files by path. An error in the place of content is thrown when the file is opened. */
export function memoryTree(files: Readonly<Record<string, Uint8Array | string | Error>>): FileTree {
  const encoder = new TextEncoder();
  return {
    name: path => path,
    open(path) {
      const content = files[path];
      if (content instanceof Error) throw content;
      if (content === undefined) throw new FileError('ENOENT', path);
      const bytes = typeof content === 'string' ? encoder.encode(content) : content;
      return { ...memorySource(bytes, path), close() {} };
    },
    list(path) {
      const folder = path.endsWith('/') ? path : `${path}/`;
      const entries = new Map<string, FolderEntry>();
      for (const file of Object.keys(files)) {
        if (!file.startsWith(folder)) continue;
        const [name, ...below] = file.slice(folder.length).split('/');
        entries.set(name, { name, isFolder: below.length > 0 });
      }
      if (entries.size === 0) throw new FileError('ENOENT', path);
      return [...entries.values()];
    },
  };
}
