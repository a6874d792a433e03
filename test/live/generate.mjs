// Random blobs that a kernel accepts, for the most part: every kind of 1 to 19, and the fields that BPF_BTF_LOAD looks for.
import { BtfBuilder } from '../../packages/core/dist/btf/index.js';
import { addSpecialFields } from './special-fields.mjs';

/** What pieces are made with: a builder, and the types that are there by what they are good for. */
export class Maker {
  builder = new BtfBuilder();
  /** Types of a size: { id, size, regular (an INT of whole bytes), bitfield (can be one),
   *  odd (an INT of other bits), tagged (leads to a TYPE_TAG) }; the last three hold behind modifiers as well. */
  sized = [];
  /** What a DECL_TAG can stand on, with the number of its components. */
  taggable = [];
  protos = [];
  variables = [];

  constructor(next) {
    this.next = next;
  }
  pick(list) {
    return list[this.next(list.length)];
  }
  /** Once in `n` times. */
  once(n) {
    return this.next(n) === 0;
  }
  name() {
    if (this.once(150)) return 'n'.repeat(this.pick([127, 128, 129, 511, 512]));
    return this.pick(['_', 'a', 'Z9', 'n', '__x']) + this.next(500);
  }
  add(type) {
    return this.builder.add(type);
  }
  addSized(type, size, more = {}) {
    const none = { regular: false, bitfield: false, odd: false, tagged: false };
    const entry = { ...none, ...more, id: this.add(type), size };
    this.sized.push(entry);
    return entry;
  }
  addInt(size = this.pick([1, 2, 4, 4, 8, 8, 16])) {
    const type = {
      kind: 'INT',
      name: this.name(),
      size,
      encoding: this.pick([0, 1, 2, 4]),
      bitOffset: 0,
      bits: size * 8,
    };
    return this.addSized(type, size, { regular: true, bitfield: true });
  }
  /** A STRUCT of these members one after the other, or a UNION; some of them bitfields where `kflag`. */
  addComposite(kind, name, entries, kflag) {
    let bit = 0;
    let size = 0;
    const members = entries.map((entry, index) => {
      const bits = entry.size * 8;
      const bitfieldSize = kflag && entry.bitfield && this.once(2) ? 1 + this.next(Math.min(bits, 32)) : 0;
      const crosses = bitfieldSize > bits - (bit % bits);
      if (bitfieldSize === 0 || crosses) bit = roundUp(bit, 128);
      const member = { name: this.once(8) ? '' : `m${index}`, type: entry.id, bitOffset: bit, bitfieldSize };
      const end = bit + (bitfieldSize || bits);
      size = Math.max(size, roundUp(end, 128) / 8);
      if (kind === 'STRUCT') bit = end;
      return member;
    });
    const entry = this.addSized({ kind, name, size, kflag, members }, size);
    this.taggable.push({ id: entry.id, components: members.length });
    return entry;
  }
  several(list, most) {
    return Array.from({ length: this.next(most + 1) }, () => this.pick(list));
  }
}

const roundUp = (value, to) => Math.ceil(value / to) * to;

const MODIFIERS = ['TYPEDEF', 'CONST', 'VOLATILE', 'RESTRICT'];

function modifier(m, kind, { id, size, bitfield, odd, tagged }) {
  const type = { kind, name: kind === 'TYPEDEF' ? m.name() : '', type: id };
  const entry = m.addSized(type, size, { bitfield, odd, tagged });
  if (kind === 'TYPEDEF') m.taggable.push({ id: entry.id, components: 0 });
}

/** Kinds upon kinds, each on the one before it, or on the one after it: as deep as a kernel follows, or deeper. */
function chain(m) {
  const length = m.once(3) ? 2 + m.next(5) : 28 + m.next(14);
  const kinds = m.pick(CHAINS);
  const backwards = m.once(2);
  const int = m.addInt(4).id;
  // Whoever asks for the middle first leaves two halves, neither of them too deep.
  const middle = m.builder.nextId + 1 + (length >> 1);
  if (m.once(2)) m.add(structOf(middle));
  const first = m.builder.nextId;
  for (let i = 0; i < length; i++) {
    const kind = m.pick(kinds);
    const name = kind === 'TYPEDEF' || kind === 'TYPE_TAG' ? m.name() : '';
    const type = backwards ? (i === 0 ? int : first + i - 1) : first + i + 1;
    if (kind === 'STRUCT') m.add(structOf(type));
    else if (kind === 'ARRAY') m.add({ kind, name, element: type, index: int, length: 1 });
    else m.add({ kind, name, type, attribute: false });
  }
  m.addInt(4);
}

function structOf(type) {
  const members = [{ name: 'm', type, bitOffset: 0, bitfieldSize: 0 }];
  return { kind: 'STRUCT', name: '', size: 4, kflag: false, members };
}

const CHAINS = [
  ['PTR'],
  ['TYPEDEF'],
  ['CONST', 'VOLATILE'],
  ['ARRAY'],
  ['STRUCT'],
  ['PTR', 'CONST'],
  ['ARRAY', 'STRUCT'],
  ['TYPE_TAG'],
];

const pieces = {
  int: m => m.addInt(),
  oddInt(m) {
    const size = m.pick([1, 2, 4, 8]);
    const bits = 1 + m.next(size * 8 - 1);
    const bitOffset = m.next(size * 8 - bits + 1);
    m.addSized({ kind: 'INT', name: m.name(), size, encoding: 0, bitOffset, bits }, size, { odd: true });
  },
  float(m) {
    const size = m.pick([2, 4, 8, 12, 16]);
    m.addSized({ kind: 'FLOAT', name: m.name(), size }, size);
  },
  pointer: m => m.addSized({ kind: 'PTR', name: '', type: m.once(5) ? 0 : m.pick(m.sized).id }, 8),
  array(m) {
    const { id: element, size } = m.pick(m.sized.filter(({ odd }) => !odd));
    const index = m.pick(m.sized.filter(({ regular }) => regular)).id;
    const length = m.next(4);
    m.addSized({ kind: 'ARRAY', name: '', element, index, length }, size * length);
  },
  composite(m) {
    const kflag = m.once(2);
    const entries = m.several(kflag ? m.sized.filter(({ odd }) => !odd) : m.sized, 6);
    m.addComposite(m.pick(['STRUCT', 'UNION']), m.once(3) ? '' : m.name(), entries, kflag);
  },
  enumeration(m) {
    const size = m.pick([1, 2, 4, 4, 8]);
    const values = Array.from({ length: m.next(4) }, (_, i) => ({ name: `v${i}`, value: m.next(300) - 100 }));
    m.addSized({ kind: 'ENUM', name: m.once(3) ? '' : m.name(), size, signed: m.once(2), values }, size, {
      bitfield: true,
    });
  },
  enumeration64(m) {
    const values = Array.from({ length: m.next(4) }, (_, i) => ({
      name: `w${i}`,
      value: BigInt(m.next(9)) << 40n,
    }));
    m.addSized({ kind: 'ENUM64', name: m.once(3) ? '' : m.name(), size: 8, signed: m.once(2), values }, 8);
  },
  /** A member at an offset that only some types can have, in a structure as large as it takes. */
  awkwardMember(m) {
    if (!m.once(4)) return;
    const bitfieldSize = m.once(2) ? m.pick([1, 127, 128]) : 0;
    const far = bitfieldSize > 0 ? 0xffffff : 0xffffffff;
    const bitOffset = m.once(2) ? 1 + m.next(8) : far - m.next(9);
    const member = { name: 'm', type: m.pick(m.sized).id, bitOffset, bitfieldSize };
    m.add({ kind: 'STRUCT', name: '', size: 0x20000000, kflag: bitfieldSize > 0, members: [member] });
  },
  forward: m => m.add({ kind: 'FWD', name: m.name(), target: m.pick(['struct', 'union']) }),
  modifier: m => modifier(m, m.pick(MODIFIERS), m.pick(m.sized.filter(({ tagged }) => !tagged))),
  typeTag(m) {
    const { id, size, bitfield, odd } = m.pick(m.sized);
    const name = m.pick(['user', 'rcu', 'any text', m.name()]);
    const tag = { kind: 'TYPE_TAG', name, type: m.once(3) ? 0 : id, attribute: m.once(3) };
    if (tag.type === 0) m.add({ kind: 'PTR', name: '', type: m.add(tag) });
    else m.addSized(tag, size, { bitfield, odd, tagged: true });
  },
  /** A structure that points to itself, with its name given before it. */
  list(m) {
    const first = m.builder.nextId;
    m.addSized({ kind: 'TYPEDEF', name: m.name(), type: first + 2 }, 16);
    const pointer = m.addSized({ kind: 'PTR', name: '', type: m.pick([first, first + 2]) }, 8);
    m.addComposite('STRUCT', m.name(), [pointer], false);
  },
  prototype(m) {
    const params = m.several(m.sized, 4).map(({ id }, i) => ({ name: `p${i}`, type: id }));
    if (params.length > 0 && m.once(5)) params.push({ name: '', type: 0 });
    const returns = m.once(3) ? 0 : m.pick(m.sized).id;
    const id = m.add({ kind: 'FUNC_PROTO', name: '', returns, params });
    m.protos.push({ id, components: params.length });
    m.add({ kind: 'PTR', name: '', type: id });
  },
  function(m) {
    if (m.protos.length === 0) pieces.prototype(m);
    const { id, components } = m.pick(m.protos);
    m.taggable.push({
      id: m.add({ kind: 'FUNC', name: m.name(), type: id, linkage: m.next(2) }),
      components,
    });
  },
  variable(m) {
    const { id: type, size } = m.pick(m.sized);
    const id = m.add({ kind: 'VAR', name: m.name(), type, linkage: m.next(2) });
    m.taggable.push({ id, components: 0 });
    m.variables.push({ id, size });
  },
  section(m) {
    pieces.variable(m);
    let at = 0;
    const variables = m.several(m.variables, 4).map(({ id, size }) => {
      const variable = { type: id, offset: at, size: Math.max(size, 1) };
      at += variable.size + m.next(3) * 4;
      return variable;
    });
    const name = m.pick(['.data', '.bss', '.rodata.str1', 'maps', '.ksyms']);
    m.add({ kind: 'DATASEC', name, size: at + m.next(2) * 8 + 1, variables });
  },
  declTag(m) {
    if (m.taggable.length === 0) return;
    const { id, components } = m.pick(m.taggable);
    const component = components > 0 && m.once(2) ? m.next(components) : -1;
    m.add({
      kind: 'DECL_TAG',
      name: m.pick(['tag', 'two words', m.name()]),
      type: id,
      component,
      attribute: m.once(3),
    });
  },
};

/** A blob of some 5 to 60 types. `next(n)` gives numbers below n. */
export function generate(next) {
  const m = new Maker(next);
  m.addInt(4);
  const makers = Object.values(pieces);
  for (let left = 4 + next(24); left > 0; left--) m.pick(makers)(m);
  if (m.once(6)) chain(m);
  if (m.once(4)) addSpecialFields(m);
  return m.builder.parse();
}
