import type { RuleChange } from './changes.js';
import { LIST_HEAD, LIST_NODE, LOCK, REFCOUNT, RESILIENT_LOCK, TREE_NODE, TREE_ROOT } from './field-types.js';
import type { FieldRules } from './rules.js';

interface FieldChange extends Omit<RuleChange, 'rules'> {
  readonly fields: Partial<FieldRules>;
}

const ONCE = { unique: true };
const OFTEN = { unique: false };

const FIRST: FieldRules = {
  structs: new Map([
    [LOCK, ONCE],
    [LIST_HEAD, OFTEN],
    [LIST_NODE, OFTEN],
  ]),
  most: 10,
  severalContains: true,
  pointers: false,
  userPointers: false,
  tagsAnywhere: false,
  kflagTags: false,
  listNodeSize: 16,
  treeNodeSize: 24,
  nested: false,
  repeatableFirst: false,
  uniqueThroughout: false,
  ownership: 'kinds',
};

const TREES = new Map([...FIRST.structs, [TREE_ROOT, OFTEN], [TREE_NODE, OFTEN]]);
const COUNTED = new Map([...TREES, [REFCOUNT, OFTEN]]);
const RESILIENT = new Map([...COUNTED, [RESILIENT_LOCK, ONCE]]);

/** What is searched in the structs of programs, release by release. */
const STEPS: readonly FieldChange[] = [
  {
    since: '6.2',
    what: 'locks and lists in the structs of programs are checked',
    source: '865ce09a49d7 "bpf: Verify ownership relationships for user BTF types"',
    fields: {},
  },
  {
    since: '6.3',
    what: 'trees',
    source: '9c395c1b99bd "bpf: Add basic bpf_rb_{root,node} support"',
    fields: { structs: TREES },
  },
  {
    since: '6.4',
    what: 'bpf_refcount',
    source: '"bpf: Introduce opaque bpf_refcount struct"; kernel/bpf/btf.c of 6.3 and 6.4',
    fields: { structs: COUNTED },
  },
  {
    since: '6.6',
    what: 'nodes of lists and trees are 8 bytes larger',
    source: 'include/uapi/linux/bpf.h of 6.5 and 6.6',
    fields: { listNodeSize: 24, treeNodeSize: 32 },
  },
  {
    since: '6.7',
    what: 'one "contains:" tag for a list or tree',
    source: 'kernel/bpf/btf.c of 6.6 and 6.7',
    fields: { severalContains: false },
  },
  {
    since: '6.10',
    what: '11 special fields in a struct, 10 before',
    source: 'include/linux/bpf.h of 6.9 and 6.10',
    fields: { most: 11 },
  },
  {
    since: '6.11',
    what: 'special fields in nested structs and arrays',
    source: '64e8ee814819 "bpf: look into the types of the fields of a struct type recursively."',
    fields: { nested: true },
  },
  {
    since: '6.12',
    what: "references (kptr) in programs' own structs",
    source: '7a851ecb1806 "bpf: Search for kptrs in prog BTF structs"',
    fields: { pointers: true },
  },
  {
    since: '6.12',
    what: 'the room for the fields of an array is looked at after what they are',
    source: '797d73ee232d "bpf: Check the remaining info_cnt before repeating btf fields"',
    stable: true,
    fields: { repeatableFirst: true },
  },
  {
    since: '6.13',
    what: 'the tag uptr',
    source: '1cb80d9e93f8 "bpf: Support __uptr type tag in BTF"',
    fields: { userPointers: true },
  },
  {
    since: '6.15',
    what: 'bpf_res_spin_lock; a tag with kflag is none',
    source:
      '0de2046137f9 "bpf: Implement verifier support for rqspinlock", 53ee0d66d7a6 "bpf: Allow kind_flag for BTF type and decl tags"',
    fields: { structs: RESILIENT, kflagTags: true },
  },
  {
    since: '7.2',
    what: 'the tag of a reference may stand anywhere among the modifiers',
    source: '39799c63578e "bpf: Allow type tag BTF records to succeed other modifier records"',
    fields: { tagsAnywhere: true },
  },
  {
    since: '7.2',
    what: 'what may stand in a struct once is counted through all nested structs, bpf_refcount too',
    source: 'f08619f06046 "bpf: Preserve unique-field state across nested structs"',
    stable: true,
    fields: { uniqueThroughout: true, structs: new Map([...RESILIENT, [REFCOUNT, ONCE]]) },
  },
  {
    since: '7.3',
    what: 'structs own each other at most 8 deep',
    source: 'bfc888f04588 "bpf: Bound ownership depth through local kptrs and graph roots"',
    stable: true,
    fields: { ownership: 'depth' },
  },
];

export const FIELDS: readonly RuleChange[] = STEPS.map(({ fields, ...change }, index) => {
  const all = STEPS.slice(0, index + 1).map(step => step.fields);
  return { ...change, rules: { fields: Object.assign({}, FIRST, ...all) } };
});
