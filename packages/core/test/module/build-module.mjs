import { buildElf, relocationBytes, symbolBytes } from '../elf/build-elf.mjs';

/**
 * A small x86-64 module: one function that makes the register calls, the sets that they name, BTF.
 *
 * @typedef {{ name: string, flags?: number, count?: number, pairs: readonly { id: number, flags?: number, func: string }[] }} SetSpec
 * @typedef {{ type: number, set: number, owner?: boolean }} CallSpec
 * @param {{ name?: string, vermagic?: string, versions?: readonly [string, number][], structSize?: number,
 *   sets?: readonly SetSpec[], calls?: readonly CallSpec[], functions?: readonly string[], needs?: readonly string[],
 *   depends?: string, btf?: Uint8Array, base?: Uint8Array }} spec
 * @returns {Uint8Array}
 */
export function buildModule({
  name = 'demo',
  vermagic = '6.12.117 SMP preempt mod_unload modversions ',
  versions,
  structSize = 64,
  sets = [],
  calls = [],
  functions = [],
  needs = [],
  depends = '',
  btf,
  base,
}) {
  const encoder = new TextEncoder();
  let strings = '\0';
  const named = label => {
    strings += `${label}\0`;
    return strings.length - label.length - 1;
  };
  const symbols = [
    { info: 3, shndx: 3 },
    { name: named('__this_module'), shndx: 7 },
    { name: named('register_btf_kfunc_id_set'), info: 0x10 },
    { name: named('init_module'), info: 2, shndx: 1 },
    { info: 3, shndx: 5 },
    ...functions.map(label => ({ name: named(label), info: 2, shndx: 1, value: 0x1000n })),
    ...needs.map(label => ({ name: named(label), info: 0x10 })),
  ];

  const words = [];
  const places = sets.map(({ name: label, flags = 1, count, pairs }) => {
    const at = 4 * words.length;
    words.push(count ?? pairs.length, flags);
    for (const { id, flags: pairFlags = 0, func } of pairs) {
      const value = BigInt(4 * words.length);
      symbols.push({ name: named(`__BTF_ID__func__${func}__${value}`), value, size: 4n, shndx: 5 });
      words.push(id, pairFlags);
    }
    const size = BigInt(4 * words.length - at);
    symbols.push({ name: named(`__BTF_ID__set8__${label}`), value: BigInt(at), size, shndx: 5 });
    return at;
  });

  // mov $TYPE, %edi; mov $KSET, %rsi; call; and at last ret
  const code = calls.flatMap(({ type }) => [
    0xbf,
    type,
    0,
    0,
    0,
    0x48,
    0xc7,
    0xc6,
    0,
    0,
    0,
    0,
    0xe8,
    0,
    0,
    0,
    0,
  ]);
  const inCode = calls.flatMap((_, i) => [
    { offset: 17 * i + 8, symbol: 1, type: 11, addend: 24 * i },
    { offset: 17 * i + 13, symbol: 3, type: 4, addend: -4 },
  ]);
  const inData = calls.flatMap(({ set, owner = true }, i) => [
    ...(owner ? [{ offset: 24 * i, symbol: 2, type: 1 }] : []),
    { offset: 24 * i + 8, symbol: 5, type: 1, addend: places[set] },
  ]);
  const rela = (label, info, entries) => ({
    name: label,
    type: 4,
    link: 8,
    info,
    entsize: 24,
    content: relocationBytes(entries),
  });
  const modinfo = `name=${name}\0vermagic=${vermagic}\0depends=${depends}\0`;
  return buildElf({
    sections: [
      { name: '.text', flags: 6, content: Uint8Array.of(...code, 0xc3) },
      rela('.rela.text', 1, inCode),
      { name: '.rodata', flags: 2, content: new Uint8Array(24 * calls.length) },
      rela('.rela.rodata', 3, inData),
      { name: '.BTF_ids', flags: 2, content: new Uint8Array(Uint32Array.from(words).buffer) },
      { name: '.modinfo', flags: 2, content: encoder.encode(modinfo) },
      { name: '.gnu.linkonce.this_module', flags: 3, content: new Uint8Array(structSize) },
      { name: '.symtab', type: 2, link: 9, entsize: 24, content: symbolBytes(symbols) },
      { name: '.strtab', type: 3, content: encoder.encode(strings) },
      ...(versions === undefined ? [] : [{ name: '__versions', flags: 2, content: versionBytes(versions) }]),
      ...(btf === undefined ? [] : [{ name: '.BTF', content: btf }]),
      ...(base === undefined ? [] : [{ name: '.BTF.base', content: base }]),
    ],
  });
}

/** struct modversion_info: 64 bytes each. @param {readonly [string, number][]} versions */
function versionBytes(versions) {
  const bytes = new Uint8Array(64 * versions.length);
  const view = new DataView(bytes.buffer);
  for (const [index, [name, crc]] of versions.entries()) {
    view.setUint32(64 * index, crc, true);
    bytes.set(new TextEncoder().encode(name), 64 * index + 8);
  }
  return bytes;
}
