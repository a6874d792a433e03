import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf, rewrittenBytes, SHT_NULL, writeSections } from '../../../packages/core/dist/elf/index.js';
import { buildElf } from '../../../packages/core/test/elf/build-elf.mjs';
import { isRefusal } from '../attempt.mjs';
import { elf } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

const open = bytes => Elf.open(memorySource(bytes, 'fuzz.o'));
const content = size => new Uint8Array(size).fill(0xbf);

const plans = [
  [{ name: '.BTF', content: content(300) }],
  [
    { name: '.BTF', content: content(10), align: 8 },
    { name: '.BTF.base', content: content(0) },
  ],
  [{ name: '.debug_info', content: content(20) }],
  [{ name: '.symtab', remove: true }],
  [
    { name: '.BTF', remove: true },
    { name: '.comment', remove: true },
    { name: '.new', content: content(7) },
  ],
];

function apply(bytes, changes) {
  const parsed = open(bytes);
  const rewrite = writeSections(parsed, changes);
  if (rewrite.size > bytes.length + 200_000) throw new Error(`${bytes.length} bytes became ${rewrite.size}`);
  return Buffer.from(rewrittenBytes(parsed.source, rewrite));
}

/** Header, which tells of the name too, and content. */
function told(parsed, section) {
  const { nameOffset, type, flags, addr, offset, size, link, info, addralign, entsize } = section;
  const header = [nameOffset, type, flags, addr, offset, size, link, info, addralign, entsize].join();
  return `${header} ${Buffer.from(parsed.raw(section)).toString('base64')}`;
}

/** Fails when the new file lacks what was put in, or has anything else otherwise. */
function compare(before, after, changes) {
  const was = open(before);
  const is = open(after);
  const names = changes.map(({ name }) => name);
  for (const change of changes) {
    const section = is.section(change.name);
    if (
      change.remove ? section !== undefined : !is.raw(section).every((byte, i) => byte === change.content[i])
    )
      throw new Error(`${change.name} is not as it was asked for`);
  }
  const view = new DataView(before.buffer, before.byteOffset);
  const stated = view.getUint16(was.is64 ? 62 : 50, was.littleEndian);
  const nameTable = stated === 0xffff ? was.sections[0].link : stated;
  for (const section of was.sections) {
    const { index, type, offset, size } = section;
    // The header, which a damaged section may have as its content, does change.
    if (offset < 64 && size > 0) continue;
    if (index === 0 || index === nameTable || type === SHT_NULL || names.includes(section.label)) continue;
    if (is.sections[index] === undefined || told(was, section) !== told(is, is.sections[index]))
      throw new Error(`section ${index} ${section.label} is another`);
  }
}

/** Sections put into damaged files: refused, or the file holds them and all else is as it was. */
export default {
  name: 'elf-write',
  mutators: elf,
  seeds: () => [
    ...files(['dwarf', 'units'], /\.o$/, 4000),
    buildElf({
      is64: false,
      little: false,
      sections: [
        { name: '.BTF', content: content(40) },
        { name: '.BTF.base', content: content(5) },
        { name: '.bss', type: 8, size: 1 << 30 },
        { name: '.data', content: content(30), addralign: 16 },
      ],
    }),
    buildElf({ type: 2, sections: [{ name: '.BTF', flags: 2, content: content(300) }] }),
    fixture('fuzz/seeds/probe.bpfeb.o'),
    fixture('fuzz/seeds/probe.bpfel.o'),
  ],
  run(bytes) {
    let refusal;
    let done = 0;
    for (const changes of plans) {
      let once;
      try {
        once = apply(bytes, changes);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
        continue;
      }
      done++;
      compare(bytes, once, changes);
      if (!apply(once, changes).equals(once)) throw new Error(`twice ${changes[0].name} is not once`);
    }
    if (done === 0) throw refusal;
  },
};
