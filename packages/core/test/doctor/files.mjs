import { buildElf, symbolBytes } from '../elf/build-elf.mjs';

/**
 * Files that a kernel build makes, as small as they can be.
 *
 * @typedef {{ name: string, type?: number, section?: string, size?: number, value?: number, weak?: boolean }} SymbolOf
 * @typedef {{ kind: 'set' | 'set8', name: string, flags?: number, members: [text: string, id: number, flags?: number][] }} IdsOf
 * @typedef {{ name: string, type?: number, flags?: number, content?: Uint8Array, size?: number, link?: number, addr?: bigint,
 *   info?: number, entsize?: number }} SectionOf
 */

/** A `.debug_abbrev` whose declarations have these tags, and these forms. @param {number[]} tags @param {number[]} forms */
export function abbreviations(tags, forms = []) {
  const bytes = [];
  for (const [i, tag] of tags.entries()) {
    bytes.push(i + 1);
    if (tag >= 0x80) bytes.push((tag & 0x7f) | 0x80, tag >> 7);
    else bytes.push(tag);
    bytes.push(0);
    for (const form of i === 0 ? forms : []) bytes.push(0x49, form);
    bytes.push(0, 0);
  }
  return Uint8Array.from([...bytes, 0]);
}

/**
 * An ELF file. `type` 1 is relocatable, 2 linked.
 * @param {{ type?: number, machine?: number, little?: boolean, btf?: Uint8Array, base?: Uint8Array, noBits?: boolean,
 *   modinfo?: Record<string, string>, ids?: IdsOf[], single?: [text: string, id: number][], symbols?: SymbolOf[],
 *   tags?: number[], forms?: number[], sections?: SectionOf[] }} spec
 */
export function elfFile(spec) {
  const { type = 1, machine = 62, little = true, symbols = [], ids, single = [] } = spec;
  /** @type {SectionOf[]} */
  const sections = [{ name: '.text', flags: 6, content: new Uint8Array(64).fill(0x90) }];
  if (type === 2) sections.push({ name: '.data..percpu', flags: 3, content: new Uint8Array(64) });
  if (spec.btf) {
    sections.push(
      spec.noBits ? { name: '.BTF', type: 8, size: spec.btf.length } : { name: '.BTF', content: spec.btf },
    );
  }
  if (spec.base) sections.push({ name: '.BTF.base', content: spec.base });
  if (spec.modinfo) {
    const text = Object.entries(spec.modinfo).map(([tag, value]) => `${tag}=${value}\0`);
    sections.push({ name: '.modinfo', content: new TextEncoder().encode(text.join('')) });
  }
  if (spec.tags) sections.push({ name: '.debug_abbrev', content: abbreviations(spec.tags, spec.forms) });
  sections.push(...(spec.sections ?? []));
  const all = [...symbols];
  if (ids !== undefined || single.length > 0) {
    const { content, labels } = idsSection(ids ?? [], single, little);
    sections.push({ name: '.BTF_ids', content });
    all.push(...labels);
  }
  let names = '\0';
  const rows = all.map(({ name, type: kind = 0, section, size = 0, value = 0, weak = false }) => {
    const at = names.length;
    names += `${name}\0`;
    const shndx = section === undefined ? 0 : sections.findIndex(one => one.name === section) + 1;
    return { name: at, value: BigInt(value), size: BigInt(size), shndx, info: (weak ? 0x20 : 0x10) | kind };
  });
  const strtab = sections.length + 2;
  sections.push({
    name: '.symtab',
    type: 2,
    content: symbolBytes(rows, { little }),
    link: strtab,
    entsize: 24,
  });
  sections.push({ name: '.strtab', type: 3, content: new TextEncoder().encode(names) });
  return buildElf({ type, machine, little, sections });
}

/** @param {IdsOf[]} sets @param {[string, number][]} single @param {boolean} little */
function idsSection(sets, single, little) {
  /** @type {number[]} */
  const words = [];
  /** @type {SymbolOf[]} */
  const labels = [];
  /** @param {string} text @param {number} id */
  const put = (text, id) => {
    const [kind, name] = text.split(' ');
    const label = `__BTF_ID__${kind}__${name}__${labels.length}`;
    labels.push({ name: label, section: '.BTF_ids', value: 4 * words.length, size: 4 });
    words.push(id);
  };
  for (const [text, id] of single) put(text, id);
  for (const { kind, name, flags = 0, members } of sets) {
    const from = words.length;
    const set = { name: `__BTF_ID__${kind}__${name}`, section: '.BTF_ids', value: 4 * from, size: 0 };
    labels.push(set);
    words.push(members.length);
    if (kind === 'set8') words.push(flags);
    for (const [text, id, own = 0] of members) {
      put(text, id);
      if (kind === 'set8') words.push(own);
    }
    set.size = 4 * (words.length - from);
  }
  const content = new Uint8Array(4 * words.length);
  const view = new DataView(content.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, little);
  return { content, labels };
}
