// Inputs that targets start from: files of the repository.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { memorySource } from '../../packages/core/dist/bytes/index.js';
import { Elf } from '../../packages/core/dist/elf/index.js';
import { fixtures } from '../robustness/cases.mjs';

const read = path => Uint8Array.from(readFileSync(path));

/** Files in these folders, seen from fixtures/, whose name fits and that are not bigger than `most` bytes. */
export function files(folders, pattern, most) {
  return folders.flatMap(folder =>
    readdirSync(join(fixtures, folder))
      .filter(name => pattern.test(name))
      .map(name => join(fixtures, folder, name))
      .filter(path => statSync(path).size <= most)
      .map(read),
  );
}

export const fixture = name => read(join(fixtures, name));

/** A section of each of the files that have it. */
export function sectionsOf(elfs, name) {
  return elfs.flatMap(bytes => {
    const elf = Elf.open(memorySource(bytes, name));
    return elf.sectionsNamed(name).map(section => Uint8Array.from(elf.bytes(section)));
  });
}

/** Small compressed files of all methods. */
export function compressed() {
  const path = new URL('../../packages/core/test/compress/vectors.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(path, 'utf8'));
  const gzip = gzipSync(gunzipSync(fixture('inputs/btfkit_demo.ko.gz')).subarray(0, 2000));
  return [
    ...vectors.map(({ base64 }) => Uint8Array.from(Buffer.from(base64, 'base64'))),
    Uint8Array.from(gzip),
  ];
}
