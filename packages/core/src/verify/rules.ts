/**
 * What differs between the verifiers of kernel releases, one field a difference. `changes.ts` says which release has
 * which value, and where that is from.
 */
export interface KernelRules {
  /** "6.18". */
  readonly release: string;
  /** The highest kind that is known. */
  readonly maxKind: number;
  /** sizeof(struct btf_header): 24, or 32 with the layout section's place. */
  readonly headerSize: 24 | 32;
  /** Bits that the info word may have (BTF_INFO_MASK). */
  readonly infoBits: number;
  /** BTF_MAX_TYPE: the highest id that may be written down, and how many types there can be. */
  readonly highestType: number;
  /** BTF_MAX_NAME_OFFSET */
  readonly highestString: number;
  /** Names are looked at; before, only where they are. */
  readonly names: boolean;
  /** KSYM_NAME_LEN: the longest name. */
  readonly nameLimit: number;
  /** A dot may stand in the name of any type; before, of variables and sections only. */
  readonly dotsInNames: boolean;
  /** A section's name: as others, with any printable characters, or that but for its first byte, whatever it is. */
  readonly sectionNames: 'identifier' | 'printable after the first' | 'printable';
  /** The most bits that an INT may have, its offset included. */
  readonly maxIntBits: number;
  /** The sizes that an ENUM may have. */
  readonly enumSizes: 'of an int' | 'powers of two';
  /** An ENUM as a member needs room for its own size; before, for an int. */
  readonly enumsBySize: boolean;
  /** kflag of enums says that they are signed; before, it must be 0. */
  readonly kflagEnums: boolean;
  /** kflag of tags says that they are attributes; before, it must be 0. */
  readonly kflagTags: boolean;
  /** What stands behind a modifier has the size it has; before, what it had when the modifier was walked: an array, 0. */
  readonly sizesAfresh: boolean;
  /** A FUNC's vlen is its linkage; before, it must be 0. */
  readonly funcLinkage: boolean;
  /** A FUNC takes part in the walk through references; before, its prototype was looked at after it. */
  readonly funcResolved: boolean;
  /** What a function returns, or takes, may not be a VAR or a DATASEC. */
  readonly noVariableReturned: boolean;
  readonly noVariableTaken: boolean;
  /** A DATASEC may be without variables. */
  readonly emptySections: boolean;
  /** A member's type is found by its id; before, by the low 16 bits of it where the walk had to go there first. */
  readonly wideMembers: boolean;
  /** Each variable of a DATASEC is walked afresh; before, as what the one before it was: a pointer, a struct. */
  readonly sectionsAfresh: boolean;
  /** Chains of modifiers are looked at for loops, and for tags. */
  readonly chains: boolean;
  /** Type tags must stand in front of all other modifiers of a chain. */
  readonly tagsFirst: boolean;
  /** The kernel reads its own BTF when it boots. */
  readonly vmlinux: boolean;
  /** It reads that of its modules. */
  readonly modules: boolean;
  /** It moves modules from `.BTF.base` onto its own types. */
  readonly distilledBase: boolean;
  /** How the log speaks, where that changed. */
  readonly texts: LogTexts;
  /** What is searched in a program's structs; null where nothing is. */
  readonly fields: FieldRules | null;
}

export interface LogTexts {
  /** A FWD is told by what it declares; before, by the id that it does not have. */
  readonly forwardKind: boolean;
  /** "Member bits_offset exceeds its struct size", once with a slip. */
  readonly memberBeyond: string;
  /** In front of each print to dmesg. */
  readonly prefix: string;
}

/** How the structs of a program are searched for what the verifier knows (btf_parse_struct_metas). */
export interface FieldRules {
  /** Names of the structs that are looked for; a value says whether one may stand in a struct only once. */
  readonly structs: ReadonlyMap<string, { readonly unique: boolean }>;
  /** BTF_FIELDS_MAX */
  readonly most: number;
  /** Of several "contains:" tags the first counts; later, there may be only one. */
  readonly severalContains: boolean;
  /** Pointers of a kernel's types (kptr) are looked for as well. */
  readonly pointers: boolean;
  /** A pointer's tag may be "uptr", which a struct in itself ignores. */
  readonly userPointers: boolean;
  /** The pointer's tags may stand anywhere in its chain of modifiers, beside tags of other meanings. */
  readonly tagsAnywhere: boolean;
  /** A tag with kflag is an attribute and does not count. */
  readonly kflagTags: boolean;
  /** sizeof(struct bpf_list_node) and sizeof(struct bpf_rb_node). */
  readonly listNodeSize: number;
  readonly treeNodeSize: number;
  /** Arrays and the structs within a struct are searched too. */
  readonly nested: boolean;
  /** Of an array it is first asked whether its fields may be repeated; before, whether there is room for so many. */
  readonly repeatableFirst: boolean;
  /** "Only once" counts over all nested structs. */
  readonly uniqueThroughout: boolean;
  /** How what owns what is kept from going round: by what a struct holds, or by depth. */
  readonly ownership: 'kinds' | 'depth';
}
