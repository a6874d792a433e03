import { type Btf, Kind, type TypeId } from '../btf/index.js';
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
const EOPNOTSUPP = 95;
const VALUE_PREFIX = 'bpf_struct_ops_';
/** sizeof(value_name) in bpf_struct_ops_desc_init. */
const LONGEST_VALUE_NAME = 127;

/** BPF_STRUCT_OPS_MAX_NR_MEMBERS */
const MOST_MEMBERS = 64;

/**
 * What a kernel says to the struct_ops that a module registers (bpf_struct_ops_desc_init), in its words where it has any.
 * What its stubs and its init function are is not looked at.
 */
export function judgeStructOps(
  registrations: readonly StructOpsRegistration[],
  btf: Btf,
  module: string,
): StructOps[] {
  return registrations.map(({ name }) => {
    if (name === undefined) {
      return { name: 'unknown', errno: 0, problems: ['the code does not say what this call registers'] };
    }
    const types = new Types(btf);
    const wrong = wrongStructs(types, name, module);
    if (wrong.length > 0) return { name, errno: EINVAL, problems: wrong };
    const member = wrongMember(types, btf.find(name, Kind.STRUCT), name);
    return member === undefined
      ? { name, errno: 0, problems: [] }
      : { name, errno: EOPNOTSUPP, problems: [member] };
  });
}

/** The struct itself, and the one around it that a map has for its value (is_valid_value_type). */
function wrongStructs(types: Types, name: string, module: string): string[] {
  const { btf } = types;
  const valueName = `${VALUE_PREFIX}${name}`;
  if (valueName.length > LONGEST_VALUE_NAME) return [`struct_ops name ${name} is too long`];
  const [struct, value] = [btf.find(name, Kind.STRUCT), btf.find(valueName, Kind.STRUCT)];
  const missing = [name, valueName].filter((_, i) => [struct, value][i] === 0);
  if (missing.length > 0) return missing.map(one => `Cannot find struct ${one} in ${module}`);
  if (btf.vlen(struct) > MOST_MEMBERS)
    return [`Cannot support #${btf.vlen(struct)} members in struct ${name}`];
  const members = memberTypes(btf, value);
  if (members.length !== 2)
    return [`The number of ${valueName}'s members should be 2, but we get ${members.length}`];
  const common = (btf.base ?? btf).find('bpf_struct_ops_common_value', Kind.STRUCT);
  if (common === 0 || members[0] !== common)
    return [`The first member of ${valueName} should be bpf_struct_ops_common_value`];
  return members[1] === struct ? [] : [`The second member of ${valueName} should be ${name}`];
}

function wrongMember({ btf }: Types, struct: TypeId, name: string): string | undefined {
  const type = btf.type(struct);
  for (const { name: member, bitfieldSize } of 'members' in type ? type.members : []) {
    if (member === '') return `anon member in struct ${name} is not supported`;
    if (bitfieldSize > 0) return `bit field member ${member} in struct ${name} is not supported`;
  }
  return undefined;
}

function memberTypes(btf: Btf, struct: TypeId): TypeId[] {
  const { words } = btf.layer(struct);
  const at = btf.at(struct) + 3;
  return Array.from({ length: btf.vlen(struct) }, (_, i) => words[at + 3 * i + 1]!);
}

/** BTF_DTOR_KFUNC_MAX_CNT */
const MOST_DTORS = 256;

/**
 * What a kernel says to a module's destructors of kptrs, as far as `.BTF_ids` tells what they are. `cfi`: it is built to check
 * the types of functions that are called through pointers.
 */
export function judgeDtors(
  registrations: readonly DtorRegistration[],
  ids: BtfIds | undefined,
  btf: Btf,
  { moved, cfi }: { readonly moved: Uint32Array | undefined; readonly cfi: boolean },
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
    const problem = dtorProblem(types, moved === undefined ? id : (moved[id] ?? 0), cfi);
    if (problem !== undefined) problems.push(`destructor ${name} of struct ${before.name}: ${problem} (-22)`);
  }
  return problems;
}
