// Mutations of ELF files: of the header, of section headers, of symbols, and inside one section.
import { blind, concat, editNumber, pick } from './blind.mjs';

/** Places and widths of the fields of a section header, by class. */
const FIELDS = {
  32: [0, 4, 8, 12, 16, 20, 24, 28, 32, 36].map(at => [at, 4]),
  64: [
    [0, 4],
    [4, 4],
    [8, 8],
    [16, 8],
    [24, 8],
    [32, 8],
    [40, 4],
    [44, 4],
    [48, 8],
    [56, 8],
  ],
};
const SYMBOL = {
  32: [
    [0, 4],
    [4, 4],
    [8, 4],
    [12, 1],
    [14, 2],
  ],
  64: [
    [0, 4],
    [4, 1],
    [6, 2],
    [8, 8],
    [16, 8],
  ],
};
const [TYPE, OFFSET, SIZE] = [1, 4, 5];
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;

/** The section headers, as far as they are there: { at, type, offset, size, name }; undefined for what is no ELF file. */
export function readElf(bytes) {
  if (bytes.length < 64 || bytes[0] !== 0x7f || bytes[1] !== 0x45) return undefined;
  const bits = bytes[4] === 1 ? 32 : 64;
  const little = bytes[5] !== 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at, width) => {
    if (at + width > bytes.length) return 0;
    if (width === 8) return Number(view.getBigUint64(at, little));
    return width === 4 ? view.getUint32(at, little) : view.getUint16(at, little);
  };
  const table = bits === 64 ? number(40, 8) : number(32, 4);
  const tail = bits === 64 ? 58 : 46;
  const length = bits === 64 ? 64 : 40;
  const count = Math.min(number(tail + 2, 2), 200);
  const sections = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * length;
    if (at + length > bytes.length) break;
    const field = which => number(at + FIELDS[bits][which][0], FIELDS[bits][which][1]);
    sections.push({
      at,
      nameOffset: number(at, 4),
      type: field(TYPE),
      offset: field(OFFSET),
      size: field(SIZE),
    });
  }
  const names = sections[number(tail + 4, 2)]?.offset ?? 0;
  for (const section of sections) {
    const at = names + section.nameOffset;
    const end = at < bytes.length ? bytes.indexOf(0, at) : -1;
    section.name = end < 0 ? '' : Buffer.from(bytes.subarray(at, end)).toString('latin1');
  }
  return { bits, little, sections };
}

/** Does `change` to a copy, if it is an ELF file with sections at all. */
export const onElf = change => (next, bytes, seeds) => {
  const result = bytes.slice();
  const elf = readElf(result);
  if (elf === undefined || elf.sections.length === 0) return pick(next, blind)(next, bytes, seeds);
  return change(next, result, elf, seeds) ?? result;
};

const header = onElf((next, bytes, { bits, little }) => {
  const wide = bits === 64 ? 8 : 4;
  const tail = 24 + 3 * wide;
  const fields = [
    [4, 1],
    [5, 1],
    [16, 2],
    [18, 2],
    [24 + 2 * wide, wide],
    [tail, 4],
    ...[4, 6, 8, 10, 12, 14].map(at => [tail + at, 2]),
  ];
  const [at, width] = pick(next, fields);
  editNumber(next, bytes, at, width, little);
});

const sectionHeader = onElf((next, bytes, { bits, little, sections }) => {
  for (let times = 1 + next(2); times > 0; times--) {
    const section = pick(next, sections);
    const [at, width] = pick(next, FIELDS[bits]);
    if (next(3) > 0) editNumber(next, bytes, section.at + at, width, little);
    // What another section has there.
    else
      bytes.copyWithin(section.at + at, pick(next, sections).at + at, pick(next, sections).at + at + width);
  }
});

/** Two sections with each other's content. */
const exchange = onElf((next, bytes, { bits, sections }) => {
  const [one, other] = [pick(next, sections), pick(next, sections)];
  for (const field of [OFFSET, SIZE]) {
    const [at, width] = FIELDS[bits][field];
    const kept = bytes.slice(one.at + at, one.at + at + width);
    bytes.copyWithin(one.at + at, other.at + at, other.at + at + width);
    bytes.set(kept, other.at + at);
  }
});

const withContent = ({ type, size, offset }, bytes) =>
  type !== SHT_NOBITS && size > 0 && offset + size <= bytes.length;

/** Blind mutations of one section's content, which may become longer: it is then put behind all else. */
const inside = wanted =>
  onElf((next, bytes, { bits, little, sections }, seeds) => {
    const filled = sections.filter(section => withContent(section, bytes));
    const candidates = filled.filter(({ name }) => wanted(name));
    const section = pick(next, candidates.length > 0 ? candidates : filled);
    if (section === undefined) return undefined;
    const content = bytes.slice(section.offset, section.offset + section.size);
    const others = seeds.flatMap(seed => contentOf(seed, section.name));
    const changed = pick(next, blind)(next, content, others.length > 0 ? others : [content]);
    if (changed.length <= content.length) bytes.set(changed, section.offset);
    if (changed.length === content.length) return undefined;
    const set = (field, value) => {
      const [at, width] = FIELDS[bits][field];
      const view = new DataView(bytes.buffer);
      if (width === 8) view.setBigUint64(section.at + at, BigInt(value), little);
      else view.setUint32(section.at + at, value, little);
    };
    set(SIZE, changed.length);
    if (changed.length < content.length) return undefined;
    set(OFFSET, bytes.length);
    return concat(bytes, changed);
  });

const contents = new WeakMap();
function contentOf(seed, name) {
  if (!contents.has(seed)) contents.set(seed, readElf(seed)?.sections ?? []);
  return contents
    .get(seed)
    .filter(section => section.name === name && withContent(section, seed))
    .map(({ offset, size }) => seed.subarray(offset, offset + size));
}

const symbol = onElf((next, bytes, { bits, little, sections }) => {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const entry = bits === 64 ? 24 : 16;
  if (table === undefined || table.size < entry) return;
  const at = table.offset + entry * next(Math.floor(table.size / entry));
  const [field, width] = pick(next, SYMBOL[bits]);
  editNumber(next, bytes, at + field, width, little);
});

export const elf = [header, sectionHeader, sectionHeader, exchange, symbol, inside(() => true)];

/** Of objects whose content in these sections matters: `wanted(name)`. */
export const elfWith = wanted => [...elf, ...Array.from({ length: 12 }, () => inside(wanted))];
/** Symbols count for more here. */
export const elfSymbols = [...elf, symbol, symbol, symbol];
