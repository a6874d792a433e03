// Damaged inputs, each determined by a seed and its number alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { madeFixtures } from './made.mjs';
import { verbs } from './verbs.mjs';

export const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Everything under fixtures/ that is no text. */
export function binaryFixtures() {
  return readdirSync(fixtures, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).includes(0))
    .map(path => relative(fixtures, path).split(sep).join('/'))
    .sort();
}

/** Of a verb that takes any file, one of so many fixtures is tried. */
const SAMPLE = 5;

/** What is tried on whole fixtures first: what fails there says nothing of damage. */
export function candidates() {
  const any = binaryFixtures();
  const named = [...new Set([...any, ...textFixtures(), ...madeFixtures])].sort();
  return Object.entries(verbs).flatMap(([verb, { takes }], row) => {
    const fixtures = takes
      ? named.filter(name => takes.test(name))
      : any.filter((name, index) => index % SAMPLE === row % SAMPLE || /^(made|module|inputs)/.test(name));
    return fixtures.map(fixture => ({ fixture, verb }));
  });
}

/** Text that is read as such. */
function textFixtures() {
  const roots = ['header-only', 'image', 'inline', 'module-btf', 'no-module-btf'].flatMap(root =>
    readdirSync(join(fixtures, 'kernel-roots', root), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => relative(fixtures, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  return [...roots, 'doctor/messages.json'];
}

/** A generator of numbers in [0, limit), the same for the same seed (SplitMix32). */
export function random(seed) {
  let state = seed >>> 0;
  return limit => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return Math.floor((((z ^ (z >>> 15)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Half of the places anywhere, half where headers stand: at the start, and where an ELF has its section table. */
function place(next, length) {
  const where = next(4);
  if (where === 0) return next(Math.min(length, 128));
  if (where === 1) return length - 1 - next(Math.min(length, 2048));
  return next(length);
}

const favourites = [0x00, 0x01, 0x7f, 0x80, 0xff];

export function flip(next, bytes) {
  const at = place(next, bytes.length);
  const how = next(3);
  if (how === 0) bytes[at] ^= 1 << next(8);
  else if (how === 1) bytes[at] = favourites[next(favourites.length)];
  else bytes[at] = next(256);
}

/**
 * Case `number` of `seed`.
 * @param {readonly { fixture: string, verb: string }[]} pairs what succeeds on whole fixtures
 */
export function damage(seed, number, pairs, read) {
  const next = random(Math.imul(seed, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
  const { fixture, verb } = pairs[next(pairs.length)];
  const whole = read(fixture);
  if (next(4) === 0) return { fixture, verb, bytes: whole.subarray(0, place(next, whole.length)) };
  const bytes = Uint8Array.from(whole);
  for (let flips = 1 + next(8); flips > 0; flips--) flip(next, bytes);
  return { fixture, verb, bytes };
}
