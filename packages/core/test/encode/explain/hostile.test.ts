import { readFileSync } from 'node:fs';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Attr, Form, LANGUAGES, Tag } from '@btfkit/core/dwarf';
import { Elf } from '@btfkit/core/elf';
import { Explainer, type ExplainOptions } from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { damage } from '../../../../../test/robustness/cases.mjs';
import { buildDwarf, Die, type FileSpec } from '../../dwarf/builder.js';
import { base, func, int, parameter, pointer, prototype, unitDie } from '../../dwarf/types.js';
import { fixtures } from '../encode.js';
import { namesIn } from './explained.js';

async function explain(spec: FileSpec, names: readonly string[], options?: ExplainOptions) {
  const elf = Elf.open(memorySource(buildDwarf({ functions: names, ...spec }), 'test.elf'));
  return new Explainer().explain(elf, names, options);
}

const units = (...lists: Die[][]) => lists.map(dies => ({ die: unitDie(...dies) }));

test('types of one name and of different sizes', async () => {
  const long = base('int', 8, 5);
  const short = int();
  const [same] = await explain({ units: units([short, func('f', short)], [long, func('f', long)]) }, ['f']);
  expect(same!.difference!.what).toMatchObject([
    { what: 'result', first: 'int (4 bytes, signed)', second: 'int (8 bytes, signed)' },
  ]);
});

describe('types without end', () => {
  test('prototypes of prototypes, twice as many on each level', async () => {
    const dies = [int()];
    for (let i = 0; i < 60; i++) {
      const last = dies.at(-1)!;
      const proto = prototype(last, parameter('', last), parameter('', last));
      dies.push(proto, pointer(proto));
    }
    const [{ func: made, functions }] = await explain({ units: units([...dies, func('f', dies.at(-1))]) }, [
      'f',
    ]);
    for (const text of [made!.prototype, functions[0]!.prototype]) {
      expect(text).toContain('…');
      expect(text.length).toBeLessThan(20_000);
    }
  });

  test('a type of itself, in a unit that is left out', async () => {
    const loop = pointer();
    loop.with(Attr.type, Form.ref4, loop);
    const c11 = new Set([LANGUAGES.get('c11')!]);
    const [{ reason, functions }] = await explain({ units: units([loop, func('f', loop)], [int()]) }, ['f'], {
      excludedLanguages: c11,
    });
    expect(reason).toBe('excluded language');
    expect(functions[0]!.prototype).toMatch(/^… \*+f\(void\)$/);
  });
});

describe('references in circles', () => {
  const origin = (to: Die) => new Die(Tag.subprogram, [[Attr.abstract_origin, Form.ref4, to]]);

  test('functions that are copies of each other', async () => {
    const first = new Die(Tag.subprogram);
    const second = origin(first);
    first.with(Attr.abstract_origin, Form.ref4, second);
    const [{ reason }] = await explain({ units: units([first, second]) }, ['f']);
    expect(reason).toBe('no DWARF');
  });

  test('a function that is a copy of a copy of itself, with a name', async () => {
    const first = new Die(Tag.subprogram, [[Attr.name, Form.strp, 'f']]);
    const second = origin(first);
    first.with(Attr.abstract_origin, Form.ref4, second);
    const [{ inBtf, functions }] = await explain({ units: units([first, second]) }, ['f']);
    expect(inBtf).toBe(true);
    expect(functions.map(({ name }) => name)).toEqual(['f', 'f']);
  });
});

describe('damaged files end with a FormatError, or are explained', () => {
  const files = [
    'functions/inlined.gcc12-dw5-x86_64.elf',
    'functions/inlined.clang19-dw5-x86_64-lto.elf',
    'functions/suffixes.gcc12-dw4-x86_64.elf',
    'dwarf/languages.mixed-x86_64.o',
    'module/btfkit_demo.ko',
  ];
  const read = (name: string) => readFileSync(new URL(name, fixtures));

  test.each(files)('%s', async file => {
    const whole = Elf.open(memorySource(read(file), file));
    const names = await namesIn(whole);
    const excludedLanguages = new Set([...LANGUAGES.values()].filter(language => language !== 0x1d));
    const outcomes = { explained: 0, refused: 0 };
    for (let number = 0; number < 60; number++) {
      const { bytes } = damage(7, number, [{ fixture: file, verb: 'encode' }], read);
      try {
        const elf = Elf.open(memorySource(bytes, file));
        await new Explainer().explain(elf, names, number % 2 === 0 ? {} : { excludedLanguages });
        outcomes.explained++;
      } catch (error) {
        expect(error, `case ${number}`).toBeInstanceOf(FormatError);
        outcomes.refused++;
      }
    }
    expect(outcomes.explained).toBeGreaterThan(5);
    expect(outcomes.refused).toBeGreaterThan(5);
  });
});
