import type { Omission } from '../functions/selection.js';

/** Why a function is not in the BTF. */
export type Reason =
  /** What pahole leaves out, with its reasons. */
  | Omission
  /** Neither DWARF nor the symbol table has that name. */
  | 'unknown name'
  /** Symbols of that name, but none is of a function. */
  | 'not a function symbol'
  /** Only of pieces such as foo.cold. */
  | 'only pieces'
  /** Only of what another file defines. */
  | 'undefined'
  /** Code, but no symbol of that name. */
  | 'no symbol'
  | 'no symbol table'
  /** No code of its own: every call was inlined. */
  | 'only inlined'
  | 'only declared'
  /** A function's symbol that no unit of the DWARF describes. */
  | 'no DWARF'
  /** Units of languages that are left out. */
  | 'excluded language'
  | 'unnamed parameters';

/** Why a function is in the BTF or not, as data. */
export interface Explanation {
  /** As it was asked for, and what stands before the first dot of that: its name in DWARF. */
  readonly asked: string;
  readonly name: string;
  readonly inBtf: boolean;
  /** `null` for one that is in the BTF. */
  readonly reason: Reason | null;
  /** The answer in a sentence. */
  readonly verdict: string;
  /** What can be done about it, a sentence each. */
  readonly advice: readonly string[];
  /** What there is in the BTF. */
  readonly func: FuncFacts | null;
  readonly symbols: readonly SymbolFacts[];
  /** Its functions in DWARF, in the order of the units; declarations are apart. */
  readonly functions: readonly FunctionFacts[];
  readonly declarations: { readonly count: number; readonly first: readonly FunctionFacts[] };
  /** Functions of other names whose code is where its symbols are. */
  readonly sameCode: readonly FunctionFacts[];
  /** For inconsistent prototypes. */
  readonly difference: Difference | null;
  readonly kfunc: KfuncFacts | null;
  /** Type id of the base's FUNC of that name, if there is a base that has one. */
  readonly baseFunc: number | null;
  /** For an unknown name: some that are much like it. */
  readonly similar: readonly string[];
}

/** FUNC and FUNC_PROTO. */
export interface FuncFacts {
  readonly name: string;
  /** In C. */
  readonly prototype: string;
  /** DECL_TAGs; `component` is the number of a parameter from 0 on, or -1. */
  readonly tags: readonly { readonly name: string; readonly component: number }[];
  /** Index into `functions` of the one that it was made of. */
  readonly from: number;
  /** Its type id in the base that has the same already; `null` where the file's own BTF has it. */
  readonly baseId: number | null;
}

export interface SymbolFacts {
  readonly name: string;
  /** Hexadecimal; in a relocatable file SECTION+OFFSET. */
  readonly address: string;
  readonly size: number;
  readonly binding: string;
  /** `FUNC`, `NOTYPE` and so on. */
  readonly type: string;
  /** `null` for one that is not defined here. */
  readonly section: string | null;
  /** Does it count as a function's? */
  readonly role: 'function' | 'piece' | 'other type' | 'undefined';
  /** What stands behind the name, such as `.isra.0`. */
  readonly suffix: string;
  /** Names of other symbols at its address. */
  readonly sameAddress: readonly string[];
}

/** A DW_TAG_subprogram. */
export interface FunctionFacts {
  readonly name: string;
  /** DW_AT_name of the unit. */
  readonly unit: string;
  /** Offset of the DIE in its section. */
  readonly offset: number;
  readonly section: string;
  /** Where the source declares it. */
  readonly file: string | null;
  readonly line: number | null;
  /** In C, and the names of the parameters: as this DIE has them. */
  readonly prototype: string;
  readonly parameters: readonly string[];
  /** `abstract` for what stands for all inlined copies; `copy` for one out of line of such. */
  readonly kind: 'function' | 'abstract' | 'copy' | 'declaration';
  /** As that of a symbol; `null` where DWARF has none. */
  readonly address: string | null;
  /** Whole names of its symbols there, or of other functions' if there is none of its name at all. */
  readonly symbols: readonly string[];
  /** Is its unit left out for its language? */
  readonly excluded: boolean;
  /** Copies of it that were put into other functions, and into which. */
  readonly inlined: { readonly count: number; readonly into: readonly InlinedInto[] };
  readonly findings: readonly Finding[];
}

export interface InlinedInto {
  readonly function: string;
  readonly unit: string;
  readonly count: number;
}

/** What the rules found in a function. Parameters count from 1. */
export type Finding =
  /** clang says that it changed the signature: DW_CC_nocall. */
  | { readonly rule: 'changed signature' }
  /** The result is a struct in memory, whose address takes the register of the first parameter. */
  | { readonly rule: 'struct result' }
  | (ParameterFinding & {
      readonly rule: 'no name' | 'no location' | 'constant' | 'no register' | 'out of order' | 'packed';
    })
  | (ParameterFinding & {
      readonly rule: 'unexpected register';
      /** `null` where it is in none. */
      readonly found: string | null;
      readonly expected: readonly string[];
    });

export interface ParameterFinding {
  readonly parameter: number;
  readonly name: string;
}

/** Two functions whose prototypes differ, by their indices in `functions`. */
export interface Difference {
  readonly first: number;
  readonly second: number;
  readonly what: readonly Contrast[];
}

export interface Contrast {
  /** `parameters`: how many. */
  readonly what: 'parameters' | 'variadic' | 'result' | 'parameter';
  /** Of a parameter: its number from 1 on, and its name in the first. */
  readonly parameter: number | null;
  readonly name: string | null;
  readonly first: string;
  readonly second: string;
}

export interface KfuncFacts {
  readonly sets: readonly {
    readonly name: string;
    /** Does BTF_SET8_KFUNCS say that these are kfuncs? Sets of older kernels lack it, and are not looked at. */
    readonly isMarked: boolean;
    /** KF_*. */
    readonly flags: number;
    readonly flagNames: readonly string[];
  }[];
}

/** An address of 64 bits in halves. */
export interface Address {
  readonly lo: number;
  readonly hi: number;
}
