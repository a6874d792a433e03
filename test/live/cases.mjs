// Mutated blobs, each determined by a seed and its number alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf } from '../../packages/core/dist/btf/index.js';
import { FormatError } from '../../packages/core/dist/bytes/index.js';
import { fixtures, random } from '../robustness/cases.mjs';
import { generate } from './generate.mjs';
import { mutate } from './mutations.mjs';

/** Large ones say nothing that small ones do not, and take their time. */
const LARGEST = 12_000;

/** The blobs under fixtures/ that stand on no base. */
function fixtureBlobs() {
  return readdirSync(fixtures, { recursive: true })
    .filter(path => path.endsWith('.btf'))
    .sort()
    .map(path => ({ origin: `fixtures/${path}`, bytes: readFileSync(join(fixtures, path)) }))
    .filter(({ bytes }) => bytes.length <= LARGEST)
    .flatMap(({ origin, bytes }) => {
      try {
        return [{ origin, btf: Btf.parse(bytes) }];
      } catch (error) {
        if (error instanceof FormatError) return [];
        throw error;
      }
    });
}

const blobs = fixtureBlobs();

/** Case `number` of `seed`: { bytes, origin, changes }. One in five comes from a fixture, the rest from `generate`. */
export function mutatedBlob(seed, number) {
  const next = random(Math.imul(seed, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
  const original = next(5) === 0 ? blobs[next(blobs.length)] : { origin: 'generated', btf: generate(next) };
  return { origin: original.origin, ...mutate(next, original.btf) };
}
