// Structures with the fields that BPF_BTF_LOAD gives a meaning: locks, list heads and nodes, rb-trees, references to kernel
// objects (btf_parse_struct_metas and what it calls in kernel/bpf/btf.c). Now and then something about them is wrong.

/** Name: size and alignment in bytes, as a 64-bit kernel of 6.18 has them. */
const FIELDS = {
  bpf_spin_lock: [4, 4],
  bpf_res_spin_lock: [4, 4],
  bpf_timer: [16, 8],
  bpf_wq: [16, 8],
  bpf_task_work: [8, 8],
  bpf_list_head: [16, 8],
  bpf_list_node: [24, 8],
  bpf_rb_root: [16, 8],
  bpf_rb_node: [32, 8],
  bpf_refcount: [4, 4],
};
const FIELD_NAMES = Object.keys(FIELDS);
const POINTER_TAGS = [
  'kptr',
  'kptr',
  'kptr',
  'kptr_untrusted',
  'kptr_untrusted',
  'percpu_kptr',
  'uptr',
  'other',
];
/** Of the kernel as well: a program may keep a reference to some, to others not. */
const KERNEL_TYPES = ['task_struct', 'cgroup', 'bpf_cpumask', 'list_head'];
const ROOTS = { bpf_list_head: 'bpf_list_node', bpf_rb_root: 'bpf_rb_node' };

/** The STRUCT that stands for a field; at times another kind, or of another size. */
function fieldType(m, name) {
  const size = FIELDS[name][0] + (m.once(25) ? m.pick([-4, 4, 8]) : 0);
  if (m.once(25)) return m.addSized({ kind: 'UNION', name, size, kflag: false, members: [] }, size);
  if (m.once(30)) return m.addSized({ kind: 'TYPEDEF', name, type: m.addInt(8).id }, 8);
  return m.addSized({ kind: 'STRUCT', name, size, kflag: m.once(5), members: [] }, size);
}

/** PTR → TYPE_TAG → struct, and what can stand between and around them. */
function taggedPointer(m, target) {
  const pointee = m.once(12) ? m.addSized({ kind: 'TYPEDEF', name: m.name(), type: target }, 0).id : target;
  let type = m.add({ kind: 'TYPE_TAG', name: m.pick(POINTER_TAGS), type: pointee, attribute: m.once(12) });
  if (m.once(12)) type = m.add({ kind: 'TYPE_TAG', name: m.pick(POINTER_TAGS), type, attribute: false });
  let entry = m.addSized({ kind: 'PTR', name: '', type }, 8);
  if (m.once(8)) entry = m.addSized({ kind: m.pick(['VOLATILE', 'CONST']), name: '', type: entry.id }, 8);
  return entry;
}

/** A struct of these fields, each { type, align, contains? }; what a root contains is told by a DECL_TAG on its member. */
function structure(m, name, fields, kind = 'STRUCT') {
  let at = 0;
  const members = fields.map(({ type, align }, index) => {
    at = Math.ceil(at / align) * align + (m.once(40) ? 4 : 0);
    const member = { name: `f${index}`, type: type.id, bitOffset: at * 8, bitfieldSize: 0 };
    if (kind === 'STRUCT' && !m.once(60)) at += type.size;
    return member;
  });
  const size = Math.max(0, ...fields.map(({ type }, i) => members[i].bitOffset / 8 + type.size));
  const entry = m.addSized({ kind, name, size, kflag: m.once(6), members }, size);
  m.taggable.push({ id: entry.id, components: members.length });
  fields.forEach(({ contains }, component) => {
    if (contains === undefined) return;
    const tag = { kind: 'DECL_TAG', name: contains, type: entry.id, component, attribute: m.once(20) };
    for (let times = m.once(20) ? 2 : 1; times > 0; times--) m.add(tag);
  });
  return entry;
}

/** What a root says that it contains: field `field` of struct `value`, and ways to say it badly. */
function contains(m, value, field) {
  if (!m.once(10)) return `contains:${value}:f${field}`;
  return m.pick([
    undefined,
    'contains:',
    `contains:${value}`,
    `contains:${value}:`,
    `contains:${value}:f9`,
    'contains:none:f0',
  ]);
}

/** Structures that own one another through lists and trees, and others around them. */
export function addSpecialFields(m) {
  const depth = m.once(4) ? 2 + m.next(9) : 1 + m.next(2);
  const values = Array.from({ length: depth + 1 }, (_, i) => `special_value${i}`);
  const types = new Map();
  const field = (name, held = m.pick(values.slice(1))) => {
    if (!types.has(name)) types.set(name, fieldType(m, name));
    return {
      type: types.get(name),
      align: FIELDS[name][1],
      contains: name in ROOTS ? contains(m, held, 0) : undefined,
    };
  };
  const anyField = () => field(m.pick(FIELD_NAMES));
  const roots = Object.keys(ROOTS);

  // Each value has the nodes that the root of the one before it wants.
  let wanted = [];
  const made = [];
  for (const [index, name] of values.entries()) {
    const fields = wanted.map(node => field(node));
    const root = m.pick(roots);
    wanted = m.once(8) ? Object.values(ROOTS) : [ROOTS[m.once(20) ? m.pick(roots) : root]];
    if (index < depth && !m.once(15)) fields.push(field('bpf_spin_lock'));
    if (index < depth) fields.push(field(root, m.once(12) ? m.pick(values) : values[index + 1]));
    if (m.once(4)) fields.push(field('bpf_refcount'));
    if (m.once(5)) fields.push(anyField());
    if (m.once(3) && made.length > 0) fields.push({ type: taggedPointer(m, m.pick(made).id), align: 8 });
    if (m.once(4)) fields.push({ type: m.pick(m.sized), align: 8 });
    if (m.once(6) && fields.length > 0) fields.push(m.pick(fields));
    made.push(structure(m, name, fields, m.once(30) ? 'UNION' : 'STRUCT'));
  }
  // Fields further in, and several times.
  for (let i = m.next(4); i > 0; i--) {
    const before = m.once(2) ? field('bpf_spin_lock') : anyField();
    const further = m.once(2) ? { type: m.pick(made), align: 8 } : anyField();
    if (m.once(3)) further.type = taggedPointer(m, m.once(12) ? m.pick(m.sized).id : further.type.id);
    if (m.once(2)) {
      const { id: element, size } = further.type;
      const length = m.pick([0, 1, 2, 3, 5, 10, 11, 12, 100]);
      further.type = m.addSized({ kind: 'ARRAY', name: '', element, index: 1, length }, size * length);
    }
    const name = m.once(6) ? m.pick(KERNEL_TYPES) : m.name();
    made.push(structure(m, name, [before, further]));
  }
}
