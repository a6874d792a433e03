/**
 * What differs between the verifiers of kernel releases, one field a difference. `releases.ts` says which release has
 * which value, and where that is from.
 */
export interface KernelRules {
  /** "6.18". */
  readonly release: string;
  /** The highest kind that is known. */
  readonly maxKind: number;
  /** sizeof(struct btf_header): 24, or 32 with the layout section's place. */
  readonly headerSize: 24 | 32;
  /** 24 bits of vlen and 7 of kind, no bit left over; before, 16 and 5, and the others must be 0. */
  readonly wideInfo: boolean;
  /** KSYM_NAME_LEN: the longest name and its NUL. */
  readonly nameLimit: number;
  /** A dot may stand in the name of any type; before, of a section only. */
  readonly dotsInNames: boolean;
  /** A section's name may have any printable character. */
  readonly printableSections: boolean;
  /** The most bits that an INT may have, its offset included. */
  readonly maxIntBits: number;
  /** A FUNC's vlen is its linkage; before, it must be 0. */
  readonly funcLinkage: boolean;
  /** kflag of enums says that they are signed; before, it must be 0. */
  readonly kflagEnums: boolean;
  /** kflag of tags says that they are attributes; before, it must be 0. */
  readonly kflagTags: boolean;
  /** Type tags must stand in front of all other modifiers of a chain. */
  readonly tagsFirst: boolean;
  /** Chains of modifiers are looked at for loops, and for tags. */
  readonly chains: boolean;
  /** A FUNC takes part in the walk through references; before, its prototype was only looked at. */
  readonly funcResolved: boolean;
  /** A DECL_TAG may be that of a typedef. */
  readonly typedefTags: boolean;
  /** The kernel reads its own BTF when it boots. */
  readonly vmlinux: boolean;
  /** It reads that of its modules. */
  readonly modules: boolean;
  /** It moves modules from `.BTF.base` onto its own types. */
  readonly distilledBase: boolean;
  /** What is searched in a program's structs; null where nothing is. */
  readonly fields: FieldRules | null;
}

/** How the structs of a program are searched for what the verifier knows (btf_parse_struct_metas). */
export interface FieldRules {
  /** Names of the structs that are looked for; a value says whether one may stand in a struct only once. */
  readonly structs: ReadonlyMap<string, { readonly unique: boolean }>;
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
  /** "Only once" counts over all nested structs. */
  readonly uniqueThroughout: boolean;
  /** How what owns what is kept from going round: by what a struct holds, or by depth. */
  readonly ownership: 'kinds' | 'depth';
}
