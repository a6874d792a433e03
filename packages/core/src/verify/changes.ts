import { Kind } from '../btf/kinds.js';
import { FIELDS } from './field-changes.js';
import type { KernelRules } from './rules.js';

/** A difference that a release brought. */
export interface RuleChange {
  /** The first release that has it; point releases of older ones may have it too where `stable` says so. */
  readonly since: string;
  /** For people. */
  readonly what: string;
  /** Commit of the kernel with its subject, or the releases whose sources were compared. */
  readonly source: string;
  /** Later point releases of older kernels got it as well, so that their answer is that of newer ones here. */
  readonly stable?: true;
  readonly rules: Partial<KernelRules>;
}

const PLAIN_TEXTS = {
  forwardKind: false,
  memberBeyond: 'Memmber bits_offset exceeds its struct size',
  prefix: 'BPF:',
};

/** Linux 4.18, the first with BTF: 69b693f0aefa "bpf: btf: Introduce BPF Type Format (BTF)". */
export const FIRST: Omit<KernelRules, 'release'> = {
  maxKind: Kind.RESTRICT,
  headerSize: 24,
  infoBits: 0x0f00ffff,
  highestType: 0xffff,
  highestString: 0xffff,
  names: false,
  nameLimit: 128,
  dotsInNames: false,
  sectionNames: 'identifier',
  maxIntBits: 64,
  enumSizes: 'of an int',
  enumsBySize: false,
  kflagEnums: false,
  kflagTags: false,
  sizesAfresh: false,
  funcLinkage: false,
  funcResolved: false,
  noVariableReturned: false,
  noVariableTaken: false,
  emptySections: false,
  wideMembers: false,
  sectionsAfresh: false,
  chains: false,
  tagsFirst: false,
  vmlinux: false,
  modules: false,
  distilledBase: false,
  texts: PLAIN_TEXTS,
  fields: null,
};

/** What each later release changed, oldest first; with `FIELDS`, all differences that are known. */
export const CHANGES: readonly RuleChange[] = [
  {
    since: '4.20',
    what: 'names are checked: which kinds have one, and of which characters',
    source: 'eb04bbb608e6 "bpf: btf: check name validity for various types"',
    stable: true,
    rules: { names: true },
  },
  {
    since: '5.0',
    what: 'FUNC and FUNC_PROTO; kflag on STRUCT, UNION and FWD',
    source:
      '2667a2626f4d "bpf: btf: Add BTF_KIND_FUNC and BTF_KIND_FUNC_PROTO", 9d5f9f701b18 "bpf: btf: fix struct/union/fwd types with kind_flag"',
    rules: {
      maxKind: Kind.FUNC_PROTO,
      infoBits: 0x8f00ffff,
      texts: {
        ...PLAIN_TEXTS,
        forwardKind: true,
        memberBeyond: 'Member bits_offset exceeds its struct size',
      },
    },
  },
  {
    since: '5.1',
    what: 'INT of up to 128 bits',
    source: 'b1e8818cabf4 "bpf: btf: support 128 bit integer type"',
    rules: { maxIntBits: 128 },
  },
  {
    since: '5.2',
    what: 'VAR and DATASEC',
    source: '1dc92851849c "bpf: kernel side support for BTF Var and DataSec"',
    rules: { maxKind: Kind.DATASEC },
  },
  {
    since: '5.3',
    what: 'an array behind a modifier has a size also where a pointer led to the modifier first',
    source: '1acc5d5c5832 "bpf: fix BTF verifier size resolution logic"; kernel/bpf/btf.c of 5.2 and 5.3',
    rules: { sizesAfresh: true },
  },
  {
    since: '5.4',
    what: 'ids up to 1,048,575 and string offsets up to 16,777,215, both 65,535 before',
    source: 'a0791f0df7d2 "bpf: fix BTF limits"',
    stable: true,
    rules: { highestType: 0xfffff, highestString: 0xffffff },
  },
  {
    since: '5.4',
    what: 'ENUM of 1, 2, 4 or 8 bytes, only 4 before',
    source: '9eea98497951 "bpf: fix BTF verification of enums"',
    rules: { enumSizes: 'powers of two' },
  },
  {
    since: '5.5',
    what: 'the kernel reads its own BTF',
    source: '8580ac9404f6 "bpf: Process in-kernel BTF"',
    rules: { vmlinux: true },
  },
  {
    since: '5.6',
    what: "a FUNC's vlen is its linkage, static or global",
    source: '51c39bb1d5d1 "bpf: Introduce function-by-function verification"',
    rules: { funcLinkage: true },
  },
  {
    since: '5.6',
    what: 'an ENUM member needs room for its own size, for 4 bytes before',
    source: 'da6c7faeb103; kernel/bpf/btf.c of 5.5 and 5.6',
    stable: true,
    rules: { enumsBySize: true },
  },
  {
    since: '5.11',
    what: 'split BTF, and the BTF of modules',
    source:
      '951bb64621b8 "bpf: Add in-kernel split BTF support", 36e68442d1af "bpf: Load and verify kernel module BTFs"',
    rules: { modules: true },
  },
  {
    since: '5.12',
    what: 'DATASEC without variables',
    source: '13ca51d5eb35 "bpf: Permit size-0 datasec"',
    rules: { emptySections: true },
  },
  {
    since: '5.13',
    what: 'FLOAT; kinds of 5 bits',
    source: '"bpf: Add BTF_KIND_FLOAT support"; kernel/bpf/btf.c of 5.12 and 5.14',
    rules: { maxKind: Kind.FLOAT, infoBits: 0x9f00ffff },
  },
  {
    since: '5.16',
    what: 'DECL_TAG',
    source:
      'b5ea834dde6b "bpf: Support for new btf kind BTF_KIND_TAG", 223f903e9c83, bd16dee66ae4 "bpf: Add BTF_KIND_DECL_TAG typedef support"',
    rules: { maxKind: Kind.DECL_TAG },
  },
  {
    since: '5.17',
    what: 'TYPE_TAG; a space after "BPF:" in dmesg',
    source:
      '8c42d2fa4eea "bpf: Support BTF_KIND_TYPE_TAG for btf_type_tag attributes"; kernel/bpf of 5.16 and 5.17',
    rules: {
      maxKind: Kind.TYPE_TAG,
      texts: {
        forwardKind: true,
        memberBeyond: 'Member bits_offset exceeds its struct size',
        prefix: 'BPF: ',
      },
    },
  },
  {
    since: '5.18',
    what: 'FUNC takes part in the walk through references',
    source: 'd7e7b42f4f95 "bpf: Fix a btf decl_tag bug when tagging a function"',
    stable: true,
    rules: { funcResolved: true },
  },
  {
    since: '5.19',
    what: 'type tags stand in front of other modifiers, and chains of modifiers end',
    source: 'eb596b090558 "bpf: Ensure type tags precede modifiers in BTF"',
    rules: { chains: true, tagsFirst: true },
  },
  {
    since: '6.0',
    what: 'ENUM64; kflag on enums',
    source: '6089fb325cf7 "bpf: Add btf enum64 support"',
    rules: { maxKind: Kind.ENUM64, kflagEnums: true },
  },
  {
    since: '6.1',
    what: 'names of up to 512 bytes, 128 before',
    source:
      '"kallsyms: increase maximum kernel symbol length to 512"; include/linux/kallsyms.h of 6.0 and 6.1',
    rules: { nameLimit: 512 },
  },
  {
    since: '6.1',
    what: 'members of types from 65,536 on that are walked first are found again',
    source: 'a37a32583e28 "bpf: btf: fix truncated last_member_type_id in btf_struct_resolve"',
    stable: true,
    rules: { wideMembers: true },
  },
  {
    since: '6.1',
    what: 'no function returns a VAR or DATASEC',
    source: 'ea68376c8bed "bpf: prevent decl_tag from being referenced in func_proto"',
    stable: true,
    rules: { noVariableReturned: true },
  },
  {
    since: '6.2',
    what: 'no function takes a VAR or DATASEC',
    source:
      '"bpf: Prevent decl_tag from being referenced in func_proto arg"; kernel/bpf/btf.c of 6.1 and 6.2',
    stable: true,
    rules: { noVariableTaken: true },
  },
  {
    since: '6.3',
    what: 'variables of a DATASEC are walked one by one',
    source: '9b459804ff99 "btf: fix resolving BTF_KIND_VAR after ARRAY, STRUCT, UNION, PTR"',
    stable: true,
    rules: { sectionsAfresh: true },
  },
  {
    since: '6.4',
    what: 'dots in the names of all types',
    source: '9724160b3942 "bpf/btf: Accept function names that contain dots"',
    stable: true,
    rules: { dotsInNames: true },
  },
  {
    since: '6.9',
    what: "any printable character in a section's name",
    source: 'bd70a8fb7ca4 "bpf: Allow all printable characters in BTF DATASEC names"',
    rules: { sectionNames: 'printable after the first' },
  },
  {
    since: '6.11',
    what: "the first byte of a section's name is looked at, too",
    source: 'bb6705c3f93b "bpf: add check for invalid name in btf_name_valid_section()"',
    stable: true,
    rules: { sectionNames: 'printable' },
  },
  {
    since: '6.11',
    what: 'modules with .BTF.base are moved onto the kernel',
    source: '8646db238997 "libbpf,bpf: Share BTF relocate-related code with kernel"',
    rules: { distilledBase: true },
  },
  {
    since: '6.15',
    what: 'kflag on DECL_TAG and TYPE_TAG',
    source: '53ee0d66d7a6 "bpf: Allow kind_flag for BTF type and decl tags"',
    rules: { kflagTags: true },
  },
  {
    since: '7.1',
    what: 'header of 32 bytes, with a layout section',
    source: '626e88c070ee "btf: Support kernel parsing of BTF with layout info"',
    rules: { headerSize: 32 },
  },
  {
    since: '7.2',
    what: 'vlen of 24 bits, kinds of 7',
    source: 'include/uapi/linux/btf.h of 7.1 and 7.2',
    rules: { infoBits: 0xffffffff },
  },
  {
    since: '7.2',
    what: 'type tags may stand behind other modifiers',
    source: '39799c63578e "bpf: Allow type tag BTF records to succeed other modifier records"',
    rules: { tagsFirst: false },
  },
  ...FIELDS,
];
