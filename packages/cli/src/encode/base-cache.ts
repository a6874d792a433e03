import {
  type BigIntStats,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Btf } from '@btfkit/core/btf';
import type { ByteSource } from '@btfkit/core/bytes';
import { BaseTypes } from '@btfkit/core/encode';
import { cacheFolder } from '../cache-folder.js';
import { fileSource, writeWhole } from '../files.js';

/**
 * Where a base is kept once it was loaded. Plain data: threads get it as it is.
 *
 * The file has two big-endian words (CRC-32 of all that follows it; length of the key in bytes), the key, and the image
 * of a BaseTypes.
 */
export interface CachePlace {
  readonly layers: readonly string[];
  readonly folder: string;
  readonly file: string;
  /** Tells this base and this program from all others. */
  readonly key: string;
}

const IMAGE_NAME = /^base-[0-9a-f]{8}\.image$/;
const HEAD = 8;
/** How many are kept, those that were used last. A kernel's takes some 12 MB. */
const IMAGES = 8;
/** Bases of fewer types are loaded in no time. */
const FEWEST_TYPES = 10_000;
const DAY = 86_400_000;

/** The place for a base of these layers; undefined where nothing tells it from others, or nothing is to be kept. */
export function cachePlace(layers: readonly string[], folder = cacheFolder()): CachePlace | undefined {
  if (folder === undefined || layers.length === 0) return undefined;
  const stamps = [fileURLToPath(import.meta.url), ...layers].map(stampOf);
  if (stamps.includes(undefined)) return undefined;
  const key = stamps.join('\n');
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const number = crc32(key).toString(16).padStart(8, '0');
  return { layers, folder, file: join(folder, `base-${number}.image`), key };
}

/** The base that was kept, or undefined. `btf` is called when the base itself is needed. */
export function readKept(place: CachePlace, btf: () => Promise<Btf>): BaseTypes | undefined {
  try {
    const { uid, mtimeMs } = statSync(place.file);
    // What somebody else could have written is not believed.
    if (process.getuid !== undefined && uid !== process.getuid()) return undefined;
    const types = readImage(place, btf);
    if (types !== undefined && Date.now() - mtimeMs > DAY) utimesSync(place.file, new Date(), new Date());
    return types;
  } catch {
    // Not there, or damaged.
    return undefined;
  }
}

function readImage(place: CachePlace, btf: () => Promise<Btf>): BaseTypes | undefined {
  const source = fileSource(place.file);
  try {
    const key = Buffer.from(place.key);
    const head = Buffer.from(source.read(0, HEAD + key.length));
    if (head.readUInt32BE(4) !== key.length || key.compare(head, HEAD) !== 0) return undefined;
    const { crc32 } = process.getBuiltinModule('node:zlib');
    let crc = crc32(head.subarray(4));
    // It is read from start to end, each byte once.
    const readInto = (offset: number, target: Uint8Array) => {
      source.readInto(head.length + offset, target);
      crc = crc32(target, crc);
    };
    const read = (offset: number, length: number) => {
      const bytes = source.read(head.length + offset, length);
      crc = crc32(bytes, crc);
      return bytes;
    };
    const image: ByteSource = { name: place.file, size: source.size - head.length, readInto, read };
    const types = BaseTypes.read(image, btf);
    return crc === head.readUInt32BE(0) ? types : undefined;
  } finally {
    source.close();
  }
}

/** Keeps a base that was just loaded, if that is of use and can be done. `place` was told before it was loaded. */
export function keep(place: CachePlace, types: BaseTypes, fewestTypes = FEWEST_TYPES): void {
  if (types.endId < fewestTypes) return;
  try {
    const { layers, folder, file, key } = place;
    if (layers.some(isUnsettled)) return;
    if (cachePlace(layers, folder)?.key !== key) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What is there was not believed, and may be somebody else's: a new file would take after it.
    rmSync(file, { force: true });
    writeWhole(file, imageOf(key, types));
    removeOldest(folder);
  } catch {
    // A folder that cannot be written to, or a full disk. The next call loads the base again.
  }
}

function imageOf(key: string, types: BaseTypes): Buffer {
  const image = Buffer.concat([Buffer.alloc(HEAD), Buffer.from(key), ...types.write()]);
  image.writeUInt32BE(Buffer.byteLength(key), 4);
  image.writeUInt32BE(process.getBuiltinModule('node:zlib').crc32(image.subarray(4)), 0);
  return image;
}

function removeOldest(folder: string): void {
  const images = readdirSync(folder)
    .filter(name => IMAGE_NAME.test(name))
    .map(name => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of images.slice(IMAGES)) unlinkSync(path);
}

/**
 * Did a file change so lately that it may change again with the same times? Clocks of file systems tick every few
 * milliseconds, or every other second: then the times are whole seconds.
 */
function isUnsettled(path: string): boolean {
  const { mtimeMs } = statSync(path);
  return Date.now() - mtimeMs < (mtimeMs % 1000 === 0 ? 2000 : 100);
}

/** What says that a file is the same as before, without reading it; undefined where nothing does. */
function stampOf(path: string): string | undefined {
  const stat = path === '-' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  const place = realpathSync.native(path);
  if (place.startsWith('/sys/')) return place === KERNEL_BTF ? kernelStamp(stat) : undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';

/** Times in sysfs say nothing, but a kernel has its build ID among its notes. */
function kernelStamp({ size }: BigIntStats): string {
  return `${size} ${readFileSync('/sys/kernel/notes').toString('hex')}`;
}
