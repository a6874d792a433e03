import { memorySource } from '@btfkit/core/bytes';
import { Elf, findNote } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf } from './build-elf.mjs';

const SHT_PROGBITS = 1;
const SHT_NOTE = 7;

/** A note, with as many zeroes behind its name and its description as the alignment asks for. */
function note(owner: string, type: number, description: number[], little = true, alignment = 4): number[] {
  const name = [...new TextEncoder().encode(owner), 0];
  const header = new DataView(new ArrayBuffer(12));
  header.setUint32(0, name.length, little);
  header.setUint32(4, description.length, little);
  header.setUint32(8, type, little);
  const padded = (bytes: number[]) => {
    while (bytes.length % alignment !== 0) bytes.push(0);
    return bytes;
  };
  return padded([...padded([...new Uint8Array(header.buffer), ...name]), ...description]);
}

interface Format {
  readonly little?: boolean;
  readonly is64?: boolean;
  readonly addralign?: number;
  readonly type?: number;
}

function find(
  notes: number[][],
  { little = true, is64 = true, addralign = 4, type = SHT_NOTE }: Format = {},
) {
  const sections = notes.map(one => ({ name: '.note', type, addralign, content: Uint8Array.from(one) }));
  const elf = Elf.open(memorySource(buildElf({ little, is64, sections }), 'vmlinux'));
  const found = findNote(elf, 'Linux', 0x101);
  return found && [...found];
}

describe.each([
  { little: true, is64: true },
  { little: false, is64: false },
])('little: $little, 64 bits: $is64', format => {
  const one = (...rest: [string, number, number[], number?]) =>
    note(rest[0], rest[1], rest[2], format.little, rest[3]);
  const wanted = one('Linux', 0x101, [1, 2, 3, 4]);

  test('by owner and type, behind others', () => {
    const others = [...one('GNU', 0x101, [9]), ...one('Linux', 0x100, [5, 5]), ...one('Linu', 0x101, [7])];
    expect(find([[...others, ...wanted, ...one('Linux', 0x101, [8])]], format)).toEqual([1, 2, 3, 4]);
    expect(find([others], format)).toBeUndefined();
  });

  test('in the second section, and in no section of another type', () => {
    expect(find([one('GNU', 3, [1]), wanted], format)).toEqual([1, 2, 3, 4]);
    expect(find([wanted], { ...format, type: SHT_PROGBITS })).toBeUndefined();
  });

  test('aligned to 8 bytes', () => {
    const aligned = [...one('GNU', 5, [1, 2, 3, 4], 8), ...one('Linux', 0x101, [1, 2, 3, 4], 8)];
    expect(find([aligned], { ...format, addralign: 8 })).toEqual([1, 2, 3, 4]);
  });

  test('nothing behind a malformed one, and none that is cut off', () => {
    const broken = one('GNU', 3, [1]);
    broken.fill(0xff, 4, 8);
    expect(find([[...broken, ...wanted]], format)).toBeUndefined();
    expect(find([[...broken, ...wanted], wanted], format)).toEqual([1, 2, 3, 4]);
    for (let length = 0; length < wanted.length; length++)
      expect(find([wanted.slice(0, length)], format)).toBeUndefined();
  });
});
