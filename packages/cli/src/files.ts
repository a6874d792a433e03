import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ByteSource, checkRange, FormatError, memorySource } from '@btfkit/core/bytes';
import type { Rewrite } from '@btfkit/core/elf';
import { STANDARD_OUTPUT, writeAll } from './output.js';
import { holdSignals } from './signals.js';

/** A file as a ByteSource. Close it when many are opened in one run. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** What a pipe or a device may give us; no kernel image comes near. */
const LARGEST_STREAM = 1 << 30;

/**
 * Opens a file, `-` for standard input. Regular files are read where and when asked; what has no size (pipes, /proc) or whose size is not
 * to be trusted (/sys) is read whole at once. Throws Node's system errors, and FormatError for a stream without end.
 */
export function fileSource(path: string): FileSource {
  const fd = path === '-' ? 0 : openSync(path, 'r');
  try {
    const stat = fstatSync(fd);
    if (fd !== 0 && stat.isFile() && stat.size > 0 && !realpathSync.native(path).startsWith('/sys/')) {
      return randomAccess(path, fd, stat.size);
    }
    const bytes = readToEnd(fd, path, stat.size);
    closeSync(fd);
    return { ...memorySource(bytes, path), close() {} };
  } catch (error) {
    closeSync(fd);
    // Reading a directory fails without saying which.
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path });
    throw error;
  }
}

function randomAccess(path: string, fd: number, size: number): FileSource {
  const readInto = (offset: number, target: Uint8Array) => {
    checkRange(path, size, offset, target.length);
    let done = 0;
    while (done < target.length) {
      const count = readSync(fd, target, done, target.length - done, offset + done);
      if (count === 0)
        throw new FormatError('the file became shorter while it was read', { file: path, offset });
      done += count;
    }
  };
  return {
    name: path,
    size,
    readInto,
    read(offset, length) {
      checkRange(path, size, offset, length);
      // Not zeroed first: the kernel would hand out each page twice.
      const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
      const bytes = new Uint8Array(buffer, byteOffset, length);
      readInto(offset, bytes);
      return bytes;
    },
    close() {
      closeSync(fd);
    },
  };
}

function readToEnd(fd: number, path: string, expected: number): Uint8Array {
  let bytes = new Uint8Array(Math.max(65536, Math.min(expected + 1, LARGEST_STREAM)));
  let length = 0;
  for (;;) {
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length < bytes.length) continue;
    if (length >= LARGEST_STREAM)
      throw new FormatError('more than 1 GiB, and no regular file', { file: path });
    const grown = new Uint8Array(length * 2);
    grown.set(bytes);
    bytes = grown;
  }
}

/**
 * Writes a file whole or not at all: beside its place, then renamed. `-` is standard output; a pipe or device is
 * written to as it is. An existing file keeps its mode, a symbolic link stays one.
 */
export function writeWhole(path: string, bytes: Uint8Array): void {
  writeAllWhole([{ path, bytes }]);
}

export interface NewFile {
  readonly path: string;
  /** In parts where it is too much to be held at once; they are asked for once. */
  readonly bytes: Uint8Array | Generator<Uint8Array>;
  /** The same as a file that most of it is a copy of: a third of the work where that can be copied as a file. */
  readonly copy?: { readonly from: string; readonly rewrite: Rewrite };
}

/** As writeWhole, for files that are of use only together: where one cannot be written, none appears. */
export function writeAllWhole(files: readonly NewFile[]): void {
  const staged: Staged[] = [];
  holdSignals();
  try {
    for (const file of files) staged.push(stage(file));
    // What goes into a pipe can fail late and cannot be taken back, so that it comes before the renaming.
    for (const { send } of staged) send?.();
    for (const { rename } of staged) rename?.();
  } finally {
    for (const { discard } of staged) discard?.();
  }
}

/** A file that is ready to be put in its place, by `send` or by `rename`. */
interface Staged {
  readonly send?: () => void;
  readonly rename?: () => void;
  /** Removes what stands beside the place, if it is still there. */
  readonly discard?: () => void;
}

function stage({ path, bytes, copy }: NewFile): Staged {
  // The user knows the place, not what stands beside it for a moment.
  const named = <T>(action: () => T, name = path): T => {
    try {
      return action();
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) Object.assign(error, { path: name });
      throw error;
    }
  };
  if (path === '-') return { send: () => named(() => writeParts(1, bytes), STANDARD_OUTPUT) };
  const old = statSync(path, { throwIfNoEntry: false });
  if (old !== undefined && !old.isFile()) return { send: () => named(() => writeInto(path, 'w', bytes)) };
  const place = old === undefined ? path : realpathSync(path);
  const beside = named(() =>
    writeBeside(place, name => {
      if (copy === undefined) writeInto(name, 'wx', bytes, old?.mode);
      else copyInto(name, copy, old?.mode);
    }),
  );
  return { rename: () => named(() => renameSync(beside, place)), discard: () => removeQuietly(beside) };
}

/** Names that are tried: what was killed leaves its file, and in containers a process often has the same number. */
const MOST_NAMES = 100;
/** Of the place, in characters: the name with what is added to it has to be one still. */
const LONGEST_NAME = 50;

/** Makes a file beside `place`, under a name that nothing has, and returns that. */
function writeBeside(place: string, write: (name: string) => void): string {
  const start = `.${basename(place).slice(0, LONGEST_NAME)}.${process.pid}`;
  for (let number = 0; ; number++) {
    const name = join(dirname(place), `${start}${number === 0 ? '' : `-${number}`}.tmp`);
    try {
      write(name);
      return name;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!isTaken) removeQuietly(name);
      if (!isTaken || number === MOST_NAMES) throw error;
    }
  }
}

function writeInto(path: string, flags: string, bytes: NewFile['bytes'], mode?: number): void {
  const fd = openSync(path, flags);
  try {
    if (mode !== undefined) fchmodSync(fd, mode & 0o7777);
    writeParts(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

function copyInto(path: string, { from, rewrite }: NonNullable<NewFile['copy']>, mode?: number): void {
  copyFileSync(from, path, constants.COPYFILE_EXCL);
  const { mode: copied } = statSync(path);
  // The copy of a file that nobody may write to is one, too.
  chmodSync(path, 0o600);
  const fd = openSync(path, 'r+');
  try {
    fchmodSync(fd, (mode ?? copied) & 0o7777);
    ftruncateSync(fd, rewrite.kept);
    ftruncateSync(fd, rewrite.size);
    for (const { offset, bytes } of rewrite.pieces) writeAll(fd, bytes, offset);
  } finally {
    closeSync(fd);
  }
}

function writeParts(fd: number, bytes: NewFile['bytes']): void {
  for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) writeAll(fd, part);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there yet, or is in its place.
  }
}

/** Writes over some bytes of a file that is there, in one call; its length, mode and links stay. */
export function patchFile(path: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  try {
    const written = writeSync(fd, bytes, 0, bytes.length, offset);
    if (written !== bytes.length)
      throw new Error(`${path}: ${written} of ${bytes.length} bytes were written`);
  } finally {
    closeSync(fd);
  }
}
