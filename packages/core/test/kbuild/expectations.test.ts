import { CHECKS } from '@btfkit/core/doctor';
import { expectationsOf } from '@btfkit/core/kbuild';
import { expect, test } from 'vitest';

const checks = (release: string, pahole: number) => expectationsOf(release, pahole).map(({ check }) => check);
const errors = (release: string, pahole: number) =>
  expectationsOf(release, pahole)
    .filter(({ severity, when }) => severity === 'error' && when === undefined)
    .map(({ check }) => check);

test('ENUM64 before 6.0, and the flag that helps', () => {
  expect(errors('5.15', 125)).toEqual(['S01', 'S33']);
  expect(expectationsOf('5.15', 125)[0]?.add).toBe('--skip_encoding_btf_enum64');
  expect(errors('5.15.66', 125)).toEqual([]);
  expect(errors('5.15', 123)).toEqual([]);
  expect(errors('6.0', 125)).toEqual([]);
  // Before 5.9 nothing in the build reads it: the kernel does, when it boots.
  expect(errors('5.4', 125)).toEqual(['S33']);
  expect(checks('4.19', 125)).toEqual(['']);
});

test('variables of size 0', () => {
  expect(errors('5.10', 118)).toEqual(['S07']);
  expect(errors('5.10', 120)).toEqual(['S08']);
  expect(errors('5.15', 120)).toEqual([]);
  expect(checks('5.15', 120)).toContain('S72');
  expect(checks('5.15', 122)).not.toContain('S72');
});

test('tags of kfuncs', () => {
  expect(checks('6.12', 126)).toContain('S77');
  expect(checks('6.12', 127)).not.toContain('S77');
  expect(checks('6.10', 126)).not.toContain('S77');
  expect(errors('7.0', 126)).toEqual(['S70']);
  expect(errors('7.3', 126)).toEqual([]);
  expect(checks('7.0', 130)).toContain('S77');
});

test('pahole 1.27 and LTO; the order of threads; modules; too old', () => {
  expect(checks('6.6', 127)).toContain('S13');
  expect(checks('6.6', 128)).not.toContain('S13');
  expect(checks('6.6', 128)).toContain('S22');
  expect(checks('6.6', 129)).not.toContain('S22');
  expect(checks('5.15', 125)).not.toContain('S22');
  expect(checks('5.11', 118)).toContain('S45');
  expect(errors('7.0', 121)[0]).toBe('S06');
  expect(errors('5.15', 115)[0]).toBe('S06');
  expect(expectationsOf('5.1', 125)[0]?.text).toContain('before 5.2');
});

test('distilled bases that are asked for in vain', () => {
  const texts = (release: string, pahole: number) =>
    expectationsOf(release, pahole)
      .map(({ text }) => text)
      .join('\n');
  expect(texts('6.12', 127)).toContain('though the build asks for it');
  expect(texts('6.12', 128)).not.toContain('.BTF.base');
  expect(texts('6.17', 127)).toContain('pahole from 1.28 on makes one');
  expect(texts('6.10', 127)).not.toContain('.BTF.base');
});

test('Rust, which older scripts do not leave out', () => {
  expect(checks('6.1.74', 130)).toContain('S32');
  expect(checks('6.1.75', 130)).not.toContain('S32');
  expect(checks('6.2', 123)).toContain('S32');
  expect(checks('6.2', 124)).not.toContain('S32');
  expect(checks('6.0', 123)).not.toContain('S32');
});

test('layout, attributes', () => {
  expect(checks('7.1', 131)).toContain('S85');
  expect(checks('7.0', 131)).not.toContain('S85');
  const attributes = expectationsOf('6.16', 130).some(({ text }) => text.startsWith('attributes'));
  expect(attributes).toBe(true);
});

test('each names a check that there is, for all pairs', () => {
  const known = new Set(CHECKS.map(({ id }) => id));
  for (const release of ['5.2', '5.10', '5.15.100', '6.1', '6.12', '6.16', '7.0', '7.3']) {
    for (let pahole = 113; pahole <= 132; pahole++) {
      for (const { check, text } of expectationsOf(release, pahole)) {
        expect(check === '' || known.has(check)).toBe(true);
        expect(text).not.toMatch(/\.$/);
      }
    }
  }
});
