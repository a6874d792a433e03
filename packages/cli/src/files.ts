import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type ByteSource, checkRange, FormatError, memorySource } from '@btfkit/core/bytes';
import type { Rewrite } from '@btfkit/core/elf';
import { UsageError } from './exit.js';
import { pause, STANDARD_OUTPUT, writeAll } from './output.js';
import { holdSignals } from './signals.js';

/** A file as a ByteSource. Close it when many are opened in one run. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** What a pipe or a device may give us, and what of a file is asked for at once; no kernel image comes near. */
const LARGEST_READ = 1 << 30;

/**
 * Opens a file, `-` for standard input. Regular files are read where and when asked; what has no size (pipes, /proc) or whose size is not
 * to be trusted (/sys) is read whole at once. Throws Node's system errors, FormatError for a stream without end, and UsageError where
 * standard input is to be read again.
 */
export function fileSource(path: string): FileSource {
  if (path === '-') return standardInput();
  const fd = openSync(path, 'r');
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.size > 0 && !realpathSync.native(path).startsWith('/sys/')) {
      return randomAccess(path, fd, stat.size);
    }
    const bytes = readToEnd(fd, path, stat.size);
    closeSync(fd);
    return { ...memorySource(bytes, path), close() {} };
  } catch (error) {
    closeSync(fd);
    throw named(error, path);
  }
}

let isInputTaken = false;

function standardInput(): FileSource {
  if (isInputTaken) throw new UsageError('standard input, -, can only be read once');
  isInputTaken = true;
  try {
    return { ...memorySource(readToEnd(0, '-', fstatSync(0).size), '-'), close() {} };
  } catch (error) {
    throw named(error, '-');
  }
}

/** Reading a folder fails without saying which, and what stands beside a place is not what the user knows. */
export function named(error: unknown, path: string): unknown {
  if (error instanceof Error && 'syscall' in error) Object.assign(error, { path });
  return error;
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
      if (length > LARGEST_READ)
        throw new FormatError(`${length} bytes are more than is ever read at once, 1 GiB`, {
          file: path,
          offset,
        });
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
  let bytes = new Uint8Array(Math.max(65536, Math.min(expected + 1, LARGEST_READ)));
  let length = 0;
  for (;;) {
    const count = readSome(fd, bytes.subarray(length));
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length < bytes.length) continue;
    if (length >= LARGEST_READ) throw new FormatError('more than 1 GiB, and no regular file', { file: path });
    const grown = new Uint8Array(length * 2);
    grown.set(bytes);
    bytes = grown;
  }
}

/** As readSync from where the descriptor is; waits where a non-blocking pipe is empty. Windows has the end of a pipe as an error. */
export function readSome(fd: number, target: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, target, 0, target.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

/**
 * Writes a file whole or not at all: beside its place, then renamed. `-` is standard output; a pipe or device is
 * written to as it is. An existing file keeps its mode and owner, a symbolic link stays one.
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
  const naming = <T>(action: () => T, name = path): T => {
    try {
      return action();
    } catch (error) {
      throw named(error, name);
    }
  };
  if (path === '-') return { send: () => naming(() => writeParts(1, bytes), STANDARD_OUTPUT) };
  const old = statSync(path, { throwIfNoEntry: false });
  if (old !== undefined && !old.isFile()) return { send: () => naming(() => writeInto(path, 'w', bytes)) };
  const place = old === undefined ? linkedPlace(path) : realpathSync(path);
  const beside = naming(() =>
    writeBeside(place, name => {
      if (copy === undefined) writeInto(name, 'wx', bytes, old);
      else copyInto(name, copy, old);
    }),
  );
  return { rename: () => naming(() => renameSync(beside, place)), discard: () => removeQuietly(beside) };
}

/** Where a link that leads to nothing leads: it stays one. */
function linkedPlace(path: string): string {
  let place = path;
  while (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) {
    place = resolve(realpathSync(dirname(place)), readlinkSync(place));
  }
  return place;
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

function writeInto(path: string, flags: string, bytes: NewFile['bytes'], like?: Stats): void {
  const fd = openSync(path, flags);
  try {
    if (like !== undefined) takeAfter(fd, like);
    writeParts(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

/** Owner and mode. Who may not give files away stays the owner, of a file that runs as nobody else. */
function takeAfter(fd: number, { uid, gid, mode }: Stats): void {
  const { uid: ours, gid: group } = fstatSync(fd);
  let kept = 0o7777;
  if (uid !== ours || gid !== group) {
    try {
      fchownSync(fd, uid, gid);
    } catch {
      kept = 0o777;
    }
  }
  fchmodSync(fd, mode & kept);
}

function copyInto(path: string, { from, rewrite }: NonNullable<NewFile['copy']>, old?: Stats): void {
  copyFileSync(from, path, constants.COPYFILE_EXCL);
  const copied = statSync(path);
  // The copy of a file that nobody may write to is one, too.
  chmodSync(path, 0o600);
  const fd = openSync(path, 'r+');
  try {
    if (old === undefined) fchmodSync(fd, copied.mode & 0o777);
    else takeAfter(fd, old);
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
