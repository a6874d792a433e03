import { type Btf, Kind } from '../btf/index.js';
import type { BtfIdSet8, BtfIds } from '../ids/index.js';
import { hookOf, type KfuncHook, type KfuncRules, programTypeName } from './kfunc-rules.js';
import { kfuncProblem, Types } from './kfunc-shape.js';
import type { KfuncRegistration } from './registrations.js';

const EINVAL = 22;
const E2BIG = 7;
/** BTF_SET8_KFUNCS */
const IS_KFUNCS = 1;

/** A set of kfuncs, and what comes of one register call for it. */
export interface KfuncSet {
  /** Of the set, as the source has it; "unknown" where the code does not say which set it is. */
  readonly name: string;
  /** Kfuncs in it, as the kernel counts them: none where ids were never resolved. */
  readonly count: number;
  /** A register call in the module's code refers to it. */
  readonly registered: boolean;
  /** "XDP"; "none" where the program type has no hook, "unknown" where the code does not say. */
  readonly hook: KfuncHook | 'none' | 'unknown';
  /** "BPF_PROG_TYPE_XDP"; null where the code does not say, and for BPF_MODIFY_RETURN, which is no type. */
  readonly programType: string | null;
  /** What the call returns, positive. */
  readonly errno: number;
  readonly problems: readonly string[];
}

/** What sets are looked up in. */
export interface SetTypes {
  /** The module's, on vmlinux; undefined where the kernel has none of it. */
  readonly module: Btf | undefined;
  /** Undefined where the kernel refused its own. */
  readonly vmlinux: Btf | undefined;
  /** Ids as they stand in `.BTF_ids` to ids of `module`, where it was moved from `.BTF.base`. */
  readonly moved: Uint32Array | undefined;
}

/** Follows the register calls of one module in the order of its code (register_btf_kfunc_id_set). */
export function judgeSets(
  registrations: readonly KfuncRegistration[],
  ids: BtfIds | undefined,
  types: SetTypes,
  rules: KfuncRules,
): KfuncSet[] {
  const sets = (ids?.sets ?? []).filter(set => set.kind === 'set8');
  const judge = new SetJudge(ids, types, rules);
  const rows: KfuncSet[] = [];
  const seen = new Set<BtfIdSet8>();
  for (const registration of registrations) {
    const set = sets.find(({ offset }) => offset === registration.set);
    if (set !== undefined) seen.add(set);
    rows.push(judge.row(registration, set));
  }
  for (const set of sets) if (!seen.has(set)) rows.push(unregistered(set));
  return rows;
}

function unregistered({ name, count }: BtfIdSet8): KfuncSet {
  return { name, count, registered: false, hook: 'unknown', programType: null, errno: 0, problems: [] };
}

class SetJudge {
  private readonly ids: BtfIds | undefined;
  private readonly types: SetTypes;
  private readonly rules: KfuncRules;
  /** By hook, the call that has it. */
  private hooks = new Map<KfuncHook, KfuncRegistration>();

  constructor(ids: BtfIds | undefined, types: SetTypes, rules: KfuncRules) {
    this.ids = ids;
    this.types = types;
    this.rules = rules;
  }

  row(registration: KfuncRegistration, set: BtfIdSet8 | undefined): KfuncSet {
    const { fmodret, programType } = registration;
    const known = programType === undefined ? undefined : (hookOf(programType, this.rules.release) ?? 'none');
    const hook = fmodret ? 'FMODRET' : (known ?? 'unknown');
    const problems: string[] = [];
    const errno = this.answer(registration, set, hook, problems);
    return {
      name: set?.name ?? 'unknown',
      count: set?.count ?? 0,
      registered: true,
      hook,
      programType: programType === undefined ? null : programTypeName(programType),
      errno,
      problems,
    };
  }

  private answer(
    registration: KfuncRegistration,
    set: BtfIdSet8 | undefined,
    hook: KfuncSet['hook'],
    problems: string[],
  ): number {
    const { rules, types } = this;
    const refuse = (errno: number, problem: string) => {
      problems.push(problem);
      return errno;
    };
    if (set === undefined) return refuse(0, 'the code does not say which set this call registers');
    if (!rules.set8) {
      return refuse(0, `Linux ${rules.release} registers sets of another kind, which are not looked at`);
    }
    if (rules.needsFlag && !registration.fmodret && (set.flags & IS_KFUNCS) === 0) {
      return refuse(
        EINVAL,
        'the flags of the set lack BTF_SET8_KFUNCS: it begins with BTF_SET8_START where BTF_KFUNCS_START is wanted',
      );
    }
    if (registration.owner === 'unknown') problems.push('the code does not say who owns the set');
    const nobody = registration.owner === 'nobody';
    if (nobody) problems.push("the set's owner is NULL: its ids are looked up in the BTF of vmlinux");
    const btf = nobody ? types.vmlinux : types.module;
    if (btf === undefined) {
      return refuse(0, 'the kernel has no BTF of the module: the call returns 0, and nothing is registered');
    }
    if (set.count === 0) {
      problems.push(
        set.length === 0
          ? 'the set is empty'
          : `its ${set.length} ids were never resolved: the call returns 0, and nothing is registered`,
      );
    }
    if (rules.prototypes) {
      const problem = this.wrongKfunc(set, btf, nobody ? undefined : types.moved);
      if (problem !== undefined) return refuse(problem.startsWith(UNDEFINED) ? 0 : EINVAL, problem);
    }
    return this.populate(registration, set, hook, nobody, problems);
  }

  /** What is wrong with the first kfunc of which something is. */
  private wrongKfunc(set: BtfIdSet8, btf: Btf, moved: Uint32Array | undefined): string | undefined {
    const types = new Types(btf);
    for (let i = 0; i < set.count; i++) {
      const written = set.ids[i]!;
      if (moved !== undefined && written >= moved.length) {
        return `${UNDEFINED}: id ${written} is past all ${moved.length} ids that move from .BTF.base, the kernel reads out of bounds`;
      }
      const id = moved === undefined ? written : moved[written]!;
      const problem = kfuncProblem(types, id, set.pairFlags[i]!);
      if (problem !== undefined) return written === 0 ? `${this.unresolved(set, btf)}${problem}` : problem;
      if (this.rules.ownNames && btf.base !== null) {
        const other = btf.base.find(types.name(id), Kind.FUNC);
        if (other !== 0) return `kfunc ${types.name(id)} (id: ${other}) is already present in vmlinux`;
      }
    }
    return undefined;
  }

  /** The names of a set's members that no function has, where the file still has their symbols. */
  private unresolved(set: BtfIdSet8, btf: Btf): string {
    const end = set.offset + 8 + 8 * set.length;
    const names = (this.ids?.ids ?? [])
      .filter(({ offset, name }) => offset >= set.offset && offset < end && btf.find(name, Kind.FUNC) === 0)
      .map(({ name }) => name);
    return names.length === 0 ? '' : `${names.join(', ')}: `;
  }

  /** btf_populate_kfunc_set */
  private populate(
    registration: KfuncRegistration,
    set: BtfIdSet8,
    hook: KfuncSet['hook'],
    nobody: boolean,
    problems: string[],
  ): number {
    const fail = (errno: number, problem: string) => {
      const lost = [...this.hooks.keys()];
      if (lost.length > 0) problems.push(`all sets of the module are dropped with it: ${lost.join(', ')}`);
      problems.unshift(problem);
      this.hooks = new Map();
      return errno;
    };
    if (hook === 'none') {
      const type = programTypeName(registration.programType!);
      return fail(EINVAL, `${type} has no hook for kfuncs in Linux ${this.rules.release}`);
    }
    if (set.count === 0) return 0;
    const before = hook === 'unknown' ? undefined : this.hooks.get(hook);
    if (before !== undefined && !nobody && follows(registration, before)) {
      return fail(
        EINVAL,
        `the module has a set for hook ${hook} already: the kernel warns, and refuses a second`,
      );
    }
    if (set.count > this.rules.most) {
      return fail(E2BIG, `${set.count} kfuncs, a hook has room for ${this.rules.most}`);
    }
    if (hook !== 'unknown') this.hooks.set(hook, registration);
    return 0;
  }
}

const UNDEFINED = 'undefined';

/** Whether both calls can come about in one run of the module; of calls in two functions it is taken for granted. */
function follows(later: KfuncRegistration, { call }: KfuncRegistration): boolean {
  const isSameFunction = later.call.section === call.section && later.call.function === call.function;
  return !isSameFunction || later.call.after.has(call.offset);
}
