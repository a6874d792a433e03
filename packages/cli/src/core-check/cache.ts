import { mkdirSync, readdirSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '@btfkit/core/bytes';
import { cacheFolder } from '../cache-folder.js';
import { failureOf, Status } from '../exit.js';
import { fileSource, writeWhole } from '../files.js';
import type { KernelSource } from './sources.js';
import type { KernelResult, ObjectFile } from './work.js';

/** Answers of kernels to the same objects, by the hash of what the kernels were read from. */
type Kept = Record<string, readonly KernelResult[]>;

interface CacheFile {
  readonly key: string;
  readonly kernels: Kept;
}

const FILE_NAME = /^check-[0-9a-f]{16}\.json$/;
/** So many sets of objects are remembered, those that were used last; and so many kernels of each. */
const FILES = 16;
const KERNELS = 4096;
/** Bytes that are read at once. */
const CHUNK = 1 << 20;

const crypto = () => process.getBuiltinModule('node:crypto');

/** What kernels answered to a set of objects before. */
export class AnswerCache {
  private readonly folder: string;
  private readonly file: string;
  private readonly key: string;
  private readonly kept: Kept;
  private isChanged = false;

  /** Undefined where nothing is to be kept. */
  static open(objects: readonly ObjectFile[]): AnswerCache | undefined {
    const folder = cacheFolder();
    return folder === undefined ? undefined : new AnswerCache(folder, objects);
  }

  private constructor(folder: string, objects: readonly ObjectFile[]) {
    const hash = crypto().createHash('sha256');
    hash.update(`${programStamp()} ${objects.length}`);
    for (const { bytes } of objects) hash.update(crypto().createHash('sha256').update(bytes).digest());
    this.key = hash.digest('hex');
    this.folder = folder;
    this.file = join(folder, `check-${this.key.slice(0, 16)}.json`);
    this.kept = this.read();
  }

  private read(): Kept {
    try {
      // What somebody else could have written is not believed.
      if (process.getuid !== undefined && statSync(this.file).uid !== process.getuid()) return {};
      const source = fileSource(this.file);
      const text = Buffer.from(source.read(0, source.size)).toString();
      source.close();
      const { key, kernels } = JSON.parse(text) as CacheFile;
      if (key !== this.key) return {};
      utimesSync(this.file, new Date(), new Date());
      return kernels;
    } catch {
      // Not there, or damaged.
      return {};
    }
  }

  get(hash: string): readonly KernelResult[] | undefined {
    return Object.hasOwn(this.kept, hash) ? this.kept[hash] : undefined;
  }

  /** Kernels that could not be read are read again. */
  set(hash: string, kernels: readonly KernelResult[]): void {
    if (kernels.some(({ error }) => error !== null)) return;
    this.kept[hash] = kernels;
    this.isChanged = true;
  }

  /** Writes what is new, if that can be done. */
  save(): void {
    if (!this.isChanged) return;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const kernels = Object.fromEntries(Object.entries(this.kept).slice(-KERNELS));
      writeWhole(this.file, Buffer.from(JSON.stringify({ key: this.key, kernels } satisfies CacheFile)));
      this.removeOldest();
    } catch {
      // A folder that cannot be written to, or a full disk.
    }
  }

  private removeOldest(): void {
    const files = readdirSync(this.folder)
      .filter(name => FILE_NAME.test(name))
      .map(name => ({ path: join(this.folder, name), time: statSync(join(this.folder, name)).mtimeMs }))
      .sort((a, b) => b.time - a.time);
    for (const { path } of files.slice(FILES)) unlinkSync(path);
  }
}

/** Another build of this program may answer otherwise: all of a bundle stands in one folder. */
function programStamp(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const stamps = readdirSync(folder)
    .filter(name => name.endsWith('.js'))
    .map(name => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
  return stamps.sort().join();
}

/** Hash of the bytes of a source; undefined for what is more than one file, or cannot be read. */
export function hashOf({ is, path, part, modules }: KernelSource): string | undefined {
  if (is === 'root' || modules.length > 0 || path === '-') return undefined;
  try {
    const source = fileSource(path);
    try {
      return hashOfPart(source, part ?? { offset: 0, size: source.size });
    } finally {
      source.close();
    }
  } catch (error) {
    if (failureOf(error).status !== Status.INPUT) throw error;
    return undefined;
  }
}

function hashOfPart(source: ByteSource, { offset, size }: NonNullable<KernelSource['part']>): string {
  const hash = crypto().createHash('sha256');
  const chunk = new Uint8Array(Math.min(CHUNK, size));
  for (let done = 0; done < size; done += CHUNK) {
    const bytes = chunk.subarray(0, Math.min(CHUNK, size - done));
    source.readInto(offset + done, bytes);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

/** Bytes of a source, to tell at a glance those that cannot be the same. */
export function sizeOf({ is, path, part }: KernelSource): number {
  if (part !== undefined) return part.size;
  return is === 'root' || path === '-' ? -1 : statSync(path).size;
}
