import { buildElf, symbolBytes } from '../elf/build-elf.mjs';

/** What BTF_ID() and its like expand to: single ids as 'func f', sets as lists; flags after a member's name. */
/** @typedef {{ kind: 'set' | 'set8', name: string, flags?: number, members: (string | [string, number])[] }} SetSpec */

/**
 * An object with `.BTF_ids`, unresolved, and the sections given beside it.
 * @param {readonly (string | SetSpec)[]} lists
 * @param {{ little?: boolean, is64?: boolean, sections?: { name: string, content: Uint8Array }[] }} options
 */
export function idsObject(lists, { little = true, is64 = true, sections = [] } = {}) {
  /** @type {number[]} */
  const words = [];
  /** @type {{ label: string, at: number, size: number }[]} */
  const symbols = [];
  const single = text => {
    const [kind, name] = text.split(' ');
    symbols.push({ label: `__BTF_ID__${kind}__${name}__${symbols.length}`, at: 4 * words.length, size: 4 });
    words.push(0);
  };
  for (const list of lists) {
    if (typeof list === 'string') {
      single(list);
      continue;
    }
    const set = { label: `__BTF_ID__${list.kind}__${list.name}`, at: 4 * words.length, size: 0 };
    symbols.push(set);
    words.push(0);
    if (list.kind === 'set8') words.push(list.flags ?? 0);
    for (const member of list.members) {
      const [text, flags] = typeof member === 'string' ? [member, 0] : member;
      single(text);
      if (list.kind === 'set8') words.push(flags);
    }
    set.size = 4 * words.length - set.at;
  }
  const content = new Uint8Array(4 * words.length);
  const view = new DataView(content.buffer);
  for (const [index, word] of words.entries()) view.setUint32(4 * index, word, little);
  let names = '\0';
  const rows = symbols.map(({ label, at, size }) => {
    const name = names.length;
    names += `${label}\0`;
    return { name, value: BigInt(at), size: BigInt(size), shndx: 1 };
  });
  const strtab = { name: '.strtab', type: 3, content: new TextEncoder().encode(names) };
  const symtab = { name: '.symtab', type: 2, content: symbolBytes(rows, { is64, little }) };
  return buildElf({
    is64,
    little,
    sections: [
      { name: '.BTF_ids', content, flags: 2 },
      { ...symtab, link: 3, entsize: is64 ? 24 : 16 },
      strtab,
      { name: '.text', flags: 6, content: new Uint8Array(64).fill(0x90) },
      ...sections,
    ],
  });
}
