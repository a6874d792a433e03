import { Btf, Kind } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { relocate } from '../distill/index.js';
import type { Elf } from '../elf/index.js';
import { type BtfIds, readBtfIds } from '../ids/index.js';
import {
  type JudgedVmlinux,
  type Judgement,
  judgeModule,
  judgeVmlinux,
  rulesOf,
  validationLine,
} from '../verify/index.js';
import { isReadable } from './calls.js';
import { judgeDtors, judgeStructOps, type StructOps } from './extras.js';
import { type KfuncRules, kfuncRulesOf } from './kfunc-rules.js';
import { judgeSets, type KfuncSet, type SetTypes } from './kfunc-sets.js';
import { findRefusals, type KernelFacts } from './loading.js';
import { BaseFacts, findMismatch, type Mismatch } from './mismatch.js';
import { type ModuleFile, readModule } from './module-file.js';
import { findRegistrations, type Registrations } from './registrations.js';
import { symbolName } from './symbol-name.js';

export interface CheckOptions extends KernelFacts {
  /** MODULE_ALLOW_BTF_MISMATCH */
  readonly allowMismatch?: boolean | undefined;
}

/** What a kernel does with a module. */
export interface ModuleReport {
  readonly name: string;
  /** Everything goes well up to the call of the module's init function. */
  readonly loads: boolean;
  readonly btf: {
    /** The kernel keeps it. False as well where the module has none. */
    readonly accepted: boolean;
    /** Of the load that is refused for it, positive; 0 where the module loads. */
    readonly errno: number;
    /** What the kernel prints, an entry each. */
    readonly dmesg: readonly string[];
  };
  readonly kfuncSets: readonly KfuncSet[];
  readonly structOps: readonly StructOps[];
  /** Problems of destructors for kptrs. */
  readonly dtors: readonly string[];
  /** The kernel takes the BTF, and its types are wrong; null where nothing speaks for that. */
  readonly mismatch: Mismatch | null;
  readonly notes: readonly string[];
}

const MISMATCH_LINE =
  'Kernel module BTF mismatch detected, BTF debug info may be unavailable for some modules';

/** Prints of the verifier about a type, in front of what it says is wrong: btf_verifier_log_type and its like. */
const ABOUT_TYPE = /^BPF: ?(\[\d+\] (?!Invalid )[A-Z_0-9]+ |\t(?!Invalid name_offset:))/;

/** Checks modules against one kernel, whose BTF is read once. */
export class ModuleChecker {
  private readonly options: CheckOptions;
  private readonly rules: KfuncRules;
  private readonly bytes: Uint8Array;
  /** By byte order. */
  private readonly judged = new Map<boolean, JudgedVmlinux>();
  private facts: BaseFacts | undefined;

  /** `vmlinux`: the kernel's BTF, right or wrong. `options.release`: one of the verifier's `RELEASES`. */
  constructor(vmlinux: Uint8Array, options: CheckOptions) {
    this.bytes = vmlinux;
    this.options = options;
    this.rules = kfuncRulesOf(options.release);
  }

  /** Throws FormatError where the file's sections are malformed; what is wrong with its BTF is in the report. */
  check(elf: Elf): ModuleReport {
    const module = readModule(elf);
    const ids = readBtfIds(elf);
    const registrations = findRegistrations(elf, ids?.section);
    const { verdict, dmesg, kept } = this.judge(module);
    const types = kept ? this.typesOf(module) : undefined;
    const refused = verdict.errno !== 0 && this.options.allowMismatch !== true;
    const refusals = findRefusals(module, this.options, this.vmlinux(elf.littleEndian)?.btf);
    const mismatch = types === undefined ? undefined : this.mismatchOf(module, ids, types);
    const sets = this.sets(registrations, ids, types, elf.littleEndian);
    const missing = kept || refused ? [] : this.missingLines(sets, registrations);
    const notes = [
      ...refusals.map(({ errno, text }) => `${text} (the load fails with -${errno})`),
      ...this.btfNotes(module, verdict, kept),
      ...(mismatch === undefined ? [] : [mismatchNote(mismatch)]),
      ...this.codeNotes(module, registrations, sets),
    ];
    return {
      name: module.name,
      loads: refusals.length === 0 && !refused,
      btf: { accepted: kept, errno: refused ? verdict.errno : 0, dmesg: [...dmesg, ...missing] },
      kfuncSets: refused
        ? withProblem(sets, NOT_REACHED)
        : kept && !types
          ? withProblem(sets, UNDEFINED)
          : sets,
      structOps: types === undefined ? [] : judgeStructOps(registrations.structOps, types.btf, module.name),
      dtors:
        types === undefined
          ? []
          : judgeDtors(registrations.dtors, ids, types.btf, { moved: types.moved, cfi: this.checksDtors() }),
      mismatch: mismatch ?? null,
      notes,
    };
  }

  private judgedVmlinux(littleEndian: boolean): JudgedVmlinux {
    let judged = this.judged.get(littleEndian);
    if (judged === undefined) {
      judged = judgeVmlinux(this.bytes, { rules: rulesOf(this.options.release), littleEndian });
      this.judged.set(littleEndian, judged);
    }
    return judged;
  }

  /** Undefined where the kernel did not take its own. */
  private vmlinux(littleEndian: boolean): BaseFacts | undefined {
    if (this.judgedVmlinux(littleEndian).btf === undefined) return undefined;
    this.facts ??= new BaseFacts(Btf.parse(this.bytes, { references: false }));
    return this.facts;
  }

  private judge(module: ModuleFile): { verdict: Judgement; dmesg: string[]; kept: boolean } {
    const { littleEndian, is64 } = module.elf;
    const rules = rulesOf(this.options.release);
    const options = { rules, littleEndian, pointerSize: is64 ? 8 : 4 };
    const nothing = { ...ACCEPTED, notes: [] };
    if (module.btf === undefined || this.isOff('DEBUG_INFO_BTF_MODULES')) {
      return { verdict: nothing, dmesg: [], kept: false };
    }
    const verdict = judgeModule(
      { btf: module.btf, base: module.base },
      this.judgedVmlinux(littleEndian),
      options,
    );
    if (verdict.accepted) return { verdict, dmesg: [...verdict.log], kept: rules.modules };
    const { allowMismatch } = this.options;
    const last = validationLine(module.name, verdict.errno);
    if (!allowMismatch) return { verdict, dmesg: [...verdict.log, last], kept: false };
    if (!this.rules.mismatchOnce) return { verdict, dmesg: [...verdict.log, last], kept: false };
    // A distilled base stands on nothing, and what is said of its types is not left out.
    const ofBase =
      module.base !== undefined && rules.distilledBase && !judgeVmlinux(module.base, options).accepted;
    const log = ofBase ? verdict.log : withoutTypes(verdict.log);
    return { verdict, dmesg: [...log, MISMATCH_LINE], kept: false };
  }

  /** CONFIG_CFI was called CONFIG_CFI_CLANG up to 7.0. */
  private checksDtors(): boolean {
    const { config } = this.options;
    const cfi = config?.get('CFI') ?? config?.get('CFI_CLANG');
    return this.rules.dtorsForCfi && cfi === 'y';
  }

  /** Whether the kernel's configuration is known, and lacks an option. */
  private isOff(option: string): boolean {
    return this.options.config !== undefined && !this.options.config.has(option);
  }

  /** The types of a module whose BTF the kernel keeps; undefined where even so they cannot be read. */
  private typesOf({ btf, base, elf }: ModuleFile): ModuleTypes | undefined {
    const vmlinux = this.vmlinux(elf.littleEndian);
    if (vmlinux === undefined || btf === undefined) return undefined;
    try {
      if (base === undefined || !rulesOf(this.options.release).distilledBase) {
        const own = Btf.parse(btf, { base: vmlinux.btf, references: false });
        return { btf: own, asMade: own, moved: undefined };
      }
      const asMade = Btf.parse(btf, { base: Btf.parse(base) });
      const { split, ids } = relocate(asMade, vmlinux.btf);
      return { btf: Btf.parse(split, { base: vmlinux.btf, references: false }), asMade, moved: ids };
    } catch (error) {
      // The kernel reads on where there is nothing: what comes of it is undefined, and the verdict's notes say so.
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }

  private mismatchOf({ elf }: ModuleFile, ids: BtfIds | undefined, types: ModuleTypes): Mismatch | undefined {
    const facts = this.vmlinux(elf.littleEndian)!;
    return findMismatch(types.asMade, facts, { ids, symbols: symbolNames(elf, types.asMade) });
  }

  private sets(
    { kfuncs }: Registrations,
    ids: BtfIds | undefined,
    types: ModuleTypes | undefined,
    littleEndian: boolean,
  ): KfuncSet[] {
    const setTypes: SetTypes = {
      module: types?.btf,
      vmlinux: this.vmlinux(littleEndian)?.btf,
      moved: types?.moved,
    };
    return judgeSets(kfuncs, ids, setTypes, this.rules);
  }

  /** What register calls print where the kernel has no BTF of the module (check_btf_kconfigs). */
  private missingLines(sets: readonly KfuncSet[], { dtors, structOps }: Registrations): string[] {
    if (this.isOff('DEBUG_INFO_BTF_MODULES')) return [];
    const line = (feature: string) => `missing module BTF, cannot register ${feature}`;
    const { missing } = this.rules;
    return [
      ...sets.filter(({ registered, errno }) => registered && errno === 0).map(() => line(missing.kfuncs)),
      ...dtors.map(() => line(missing.dtors)),
      ...structOps.map(() => line('struct_ops')),
    ];
  }

  private btfNotes(module: ModuleFile, verdict: Judgement, kept: boolean): string[] {
    if (module.btf === undefined) return ['the module has no BTF'];
    if (this.isOff('DEBUG_INFO_BTF_MODULES'))
      return ['the kernel is built without CONFIG_DEBUG_INFO_BTF_MODULES'];
    const notes = [...verdict.notes];
    if (kept || verdict.accepted) return notes;
    const what = `its BTF is refused (-${verdict.errno}): ${verdict.message || verdict.meaning || 'the kernel says nothing more'}`;
    const { allowMismatch } = this.options;
    notes.push(allowMismatch ? `${what}; CONFIG_MODULE_ALLOW_BTF_MISMATCH lets it load without` : what);
    return notes;
  }

  private codeNotes(module: ModuleFile, { kfuncs }: Registrations, sets: readonly KfuncSet[]): string[] {
    if (sets.length > 0 && !isReadable(module.elf)) {
      return ['register calls are looked for in code of x86-64 and arm64 alone'];
    }
    const unclear = kfuncs.some(({ set }) => set === undefined) && sets.some(({ registered }) => !registered);
    return unclear
      ? ['a set without a register call may be the one of a call that does not say its set']
      : [];
  }
}

const NOT_REACHED = 'the call is not come to: the module is refused before';
const UNDEFINED = 'undefined: the kernel reads out of bounds in the BTF of the module';

/** The same for all sets that are registered, in place of what comes of each. */
function withProblem(sets: readonly KfuncSet[], problem: string): KfuncSet[] {
  return sets.map(set => (set.registered ? { ...set, errno: 0, problems: [problem] } : set));
}

interface ModuleTypes {
  /** On vmlinux. */
  readonly btf: Btf;
  /** As the file has it, on what that stands on. */
  readonly asMade: Btf;
  readonly moved: Uint32Array | undefined;
}

const ACCEPTED = { accepted: true, errno: 0, message: '', typeId: null, offset: null, meaning: '', log: [] };

/** What is said of a type comes before what is wrong with it, and both are left out together. */
function withoutTypes(log: readonly string[]): readonly string[] {
  const first = log.findIndex(line => ABOUT_TYPE.test(line));
  if (first < 0) return log;
  const after = log.findIndex(line => !line.startsWith('BPF:'));
  return [...log.slice(0, first), ...(after < 0 ? [] : log.slice(after))];
}

function mismatchNote({ confidence, evidence }: Mismatch): string {
  const what =
    confidence === 'certain' ? 'was made on that of another kernel' : 'has types that are wrong here';
  return `the kernel takes its BTF, which ${what}: ${evidence[0]}`;
}

/** Names of symbols, with and without what the compiler put behind them; undefined where no function has one. */
function symbolNames(elf: Elf, btf: Btf): Set<string> | undefined {
  const symbols = elf.symbols();
  if (symbols === undefined) return undefined;
  let functions = false;
  for (let id = btf.startId; id < btf.endId && !functions; id++) functions = btf.kind(id) === Kind.FUNC;
  if (!functions) return undefined;
  const names = new Set<string>();
  for (let index = 1; index < symbols.length; index++) {
    if (symbols.shndx[index] === 0) continue;
    const name = symbolName(symbols, index);
    names.add(name);
    const dot = name.indexOf('.', 1);
    if (dot > 0) names.add(name.slice(0, dot));
  }
  return names;
}
