import { type Btf, Kind } from '../btf/index.js';
import type { BtfIds } from '../ids/index.js';
import { dtorProblem, Types } from './kfunc-shape.js';
import type { DtorRegistration, StructOpsRegistration } from './registrations.js';

/** A struct_ops type that a module brings. */
export interface StructOps {
  /** "tcp_congestion_ops"; "unknown" where the code does not say. */
  readonly name: string;
  /** Positive. */
  readonly errno: number;
  readonly problems: readonly string[];
}

const EINVAL = 22;
const VALUE_PREFIX = 'bpf_struct_ops_';
/** sizeof(value_name) in bpf_struct_ops_desc_init. */
const LONGEST_VALUE_NAME = 127;

/** What a kernel says to the struct_ops that a module registers (bpf_struct_ops_desc_init). */
export function judgeStructOps(registrations: readonly StructOpsRegistration[], btf: Btf): StructOps[] {
  return registrations.map(({ name }) => {
    if (name === undefined) {
      return { name: 'unknown', errno: 0, problems: ['the code does not say what this call registers'] };
    }
    const value = `${VALUE_PREFIX}${name}`;
    const problems: string[] = [];
    if (value.length > LONGEST_VALUE_NAME) problems.push(`struct_ops name ${name} is too long`);
    for (const struct of [name, value]) {
      if (btf.find(struct, Kind.STRUCT) === 0)
        problems.push(`Cannot find struct ${struct} in the module's BTF`);
    }
    return { name, errno: problems.length > 0 ? EINVAL : 0, problems };
  });
}

/** BTF_DTOR_KFUNC_MAX_CNT */
const MOST_DTORS = 256;

/** What a kernel says to a module's destructors of kptrs, as far as `.BTF_ids` tells what they are. */
export function judgeDtors(
  registrations: readonly DtorRegistration[],
  ids: BtfIds | undefined,
  btf: Btf,
  moved: Uint32Array | undefined,
): string[] {
  const [registration] = registrations;
  if (registration === undefined) return [];
  const problems: string[] = [];
  const { count, owner } = registration;
  if (count !== undefined && count >= MOST_DTORS) {
    problems.push(`cannot register more than ${MOST_DTORS} kfunc destructors (-7)`);
  }
  if (owner === 'nobody') problems.push('the owner is NULL: ids are looked up in the BTF of vmlinux');
  if (registrations.length > 1)
    problems.push('a module may register destructors once: the kernel warns (-22)');
  // BTF_ID(struct, TYPE) and BTF_ID(func, DESTRUCTOR) stand one after the other in a list.
  const types = new Types(btf);
  const all = ids?.ids ?? [];
  for (const [index, { kind, name, id, offset }] of all.entries()) {
    const before = all[index - 1];
    if (kind !== 'func' || before?.kind !== 'struct' || before.offset + 4 !== offset) continue;
    const problem = dtorProblem(types, moved === undefined ? id : (moved[id] ?? 0));
    if (problem !== undefined) problems.push(`destructor ${name} of struct ${before.name}: ${problem} (-22)`);
  }
  return problems;
}
