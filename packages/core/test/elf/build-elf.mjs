/**
 * Builds ELF files in memory, of either class and byte order.
 *
 * @typedef {{ name: string, type?: number, flags?: number, addr?: bigint, content?: Uint8Array, size?: number,
 *   link?: number, info?: number, addralign?: number, entsize?: number }} SectionSpec
 * @typedef {{ value?: bigint, size?: bigint, info?: number, shndx?: number, name?: number }} SymbolSpec
 */

/** Growable little- or big-endian bytes. */
class Writer {
  /** @param {boolean} little @param {number} size */
  constructor(little, size) {
    this.little = little;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }
  /** @param {number} value */
  u8(value) {
    this.view.setUint8(this.at, value);
    this.at += 1;
  }
  /** @param {number} value */
  u16(value) {
    this.view.setUint16(this.at, value, this.little);
    this.at += 2;
  }
  /** @param {number} value */
  u32(value) {
    this.view.setUint32(this.at, value, this.little);
    this.at += 4;
  }
  /** @param {number | bigint} value */
  u64(value) {
    this.view.setBigUint64(this.at, BigInt.asUintN(64, BigInt(value)), this.little);
    this.at += 8;
  }
  /** A word of the class. @param {boolean} is64 @param {number | bigint} value */
  word(is64, value) {
    if (is64) this.u64(value);
    else this.u32(Number(value));
  }
}

/**
 * Sections get index 1 and up in their order; the section name table comes last.
 *
 * @param {{ is64?: boolean, little?: boolean, type?: number, machine?: number, flags?: number,
 *   sections?: readonly SectionSpec[] }} spec
 * @returns {Uint8Array}
 */
export function buildElf({ is64 = true, little = true, type = 1, machine = 62, flags = 0, sections = [] }) {
  const encoder = new TextEncoder();
  const rows = [{ name: '', type: 0 }, ...sections, { name: '.shstrtab', type: 3 }];
  const names = new Map();
  let nameBytes = '\0';
  for (const { name } of rows) {
    if (name === '' || names.has(name)) continue;
    names.set(name, nameBytes.length);
    nameBytes += `${name}\0`;
  }
  rows[rows.length - 1].content = encoder.encode(nameBytes);

  const headerSize = is64 ? 64 : 52;
  const entrySize = is64 ? 64 : 40;
  let size = headerSize;
  const offsets = rows.map(({ content, addralign = 1 }) => {
    size = Math.ceil(size / addralign) * addralign;
    const offset = size;
    size += content?.length ?? 0;
    return offset;
  });
  const table = Math.ceil(size / 8) * 8;
  const writer = new Writer(little, table + rows.length * entrySize);
  writer.bytes.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1]);
  writer.at = 16;
  writer.u16(type);
  writer.u16(machine);
  writer.u32(1);
  writer.word(is64, 0);
  writer.word(is64, 0);
  writer.word(is64, table);
  writer.u32(flags);
  for (const half of [headerSize, 0, 0, entrySize]) writer.u16(half);
  const many = rows.length >= 0xff00;
  writer.u16(many ? 0 : rows.length);
  writer.u16(many ? 0xffff : rows.length - 1);
  rows.forEach(({ content }, i) => {
    if (content) writer.bytes.set(content, offsets[i]);
  });
  writer.at = table;
  rows.forEach((row, i) => {
    const extended = many && i === 0;
    writer.u32(names.get(row.name) ?? 0);
    writer.u32(row.type ?? 1);
    writer.word(is64, row.flags ?? 0);
    writer.word(is64, row.addr ?? 0);
    writer.word(is64, i === 0 ? 0 : offsets[i]);
    writer.word(is64, extended ? rows.length : (row.size ?? row.content?.length ?? 0));
    writer.u32(extended ? rows.length - 1 : (row.link ?? 0));
    writer.u32(row.info ?? 0);
    writer.word(is64, row.addralign ?? 1);
    writer.word(is64, row.entsize ?? 0);
  });
  return writer.bytes;
}

/**
 * Content of a symbol table, the null symbol first.
 *
 * @param {readonly SymbolSpec[]} symbols @param {{ is64?: boolean, little?: boolean }} format
 */
export function symbolBytes(symbols, { is64 = true, little = true } = {}) {
  const writer = new Writer(little, (symbols.length + 1) * (is64 ? 24 : 16));
  for (const { value = 0n, size = 0n, info = 0, shndx = 0, name = 0 } of [{}, ...symbols]) {
    writer.u32(name);
    if (!is64) {
      writer.u32(Number(value));
      writer.u32(Number(size));
    }
    writer.u8(info);
    writer.u8(0);
    writer.u16(shndx);
    if (is64) {
      writer.u64(value);
      writer.u64(size);
    }
  }
  return writer.bytes;
}

/**
 * Content of a SHT_RELA section, or of SHT_REL where the addends are absent.
 *
 * @param {readonly { offset: number | bigint, symbol: number, type: number, addend?: number | bigint }[]} entries
 * @param {{ is64?: boolean, little?: boolean, addends?: boolean }} format
 */
export function relocationBytes(entries, { is64 = true, little = true, addends = true } = {}) {
  const word = is64 ? 8 : 4;
  const writer = new Writer(little, entries.length * word * (addends ? 3 : 2));
  for (const { offset, symbol, type, addend = 0 } of entries) {
    writer.word(is64, offset);
    if (is64) writer.u64((BigInt(symbol) << 32n) | BigInt(type));
    else writer.u32(((symbol << 8) | type) >>> 0);
    if (addends && is64) writer.u64(addend);
    else if (addends) writer.u32(Number(BigInt.asUintN(32, BigInt(addend))));
  }
  return writer.bytes;
}
