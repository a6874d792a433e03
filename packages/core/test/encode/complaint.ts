import { FormatError } from '@btfkit/core/bytes';
import { expect } from 'vitest';
import { buildDwarf, type Die, type FileSpec } from '../dwarf/builder.js';
import { unitDie } from '../dwarf/types.js';
import { encodeBytes } from './encode.js';

/** What the encoder says of a file; the place and the problem apart. */
export async function complaint(spec: FileSpec): Promise<FormatError> {
  const started = performance.now();
  const error = await encodeBytes(buildDwarf(spec), 'bad.elf').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(performance.now() - started).toBeLessThan(5000);
  expect(error).toBeInstanceOf(FormatError);
  const { where, message } = error as FormatError;
  expect(where.file).toBe('bad.elf');
  expect(where.section).toMatch(/^\.debug_/);
  expect(where.offset).toEqual(expect.any(Number));
  expect(message).not.toContain('\n');
  return error as FormatError;
}

/** A file of one unit that has these DIEs. */
export const one = (...dies: Die[]): FileSpec => ({ units: [{ die: unitDie(...dies) }] });
