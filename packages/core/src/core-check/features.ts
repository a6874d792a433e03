import { Kind } from '../btf/index.js';
import { fieldsOf } from './nearest.js';
import type { CheckTarget, WantedName } from './target.js';

const encoder = new TextEncoder();
const enumNamed = (name: string): WantedName => ({ name: encoder.encode(name), kind: Kind.ENUM });

/** What the verifier keeps of a function. */
const FUNCTION: WantedName = { name: encoder.encode('bpf_func_info_aux'), kind: Kind.STRUCT };

/** Types that tell what a kernel can do. */
export const INTERFACES = [...['bpf_attach_type', 'bpf_prog_type', 'bpf_func_id'].map(enumNamed), FUNCTION];

/**
 * Whether the verifier looks at each global function that a program has a call of: since Linux 6.8 only at those that it
 * gets to, and remembers which are called. Where BTF does not tell, as these.
 */
export function verifiesUncalled(target: CheckTarget): boolean {
  const found = target.find(FUNCTION.name, FUNCTION.kind);
  if (found === null) return false;
  const { types, id } = found;
  return fieldsOf(types, id).every(({ path }) => path[0] !== 'called');
}

/** Whether an enum of the kernel has an enumerator; null where there is no such enum. */
export function hasEnumerator(target: CheckTarget, enumName: string, enumerator: string): boolean | null {
  return target.enumerators(enumName)?.has(enumerator) ?? null;
}

/** What a kernel has to know for programs of a kind, by the first part of their section's name. */
const WANTED: Readonly<Record<string, readonly [enumName: string, enumerator: string]>> = {
  'kprobe.multi': ['bpf_attach_type', 'BPF_TRACE_KPROBE_MULTI'],
  'kretprobe.multi': ['bpf_attach_type', 'BPF_TRACE_KPROBE_MULTI'],
  'kprobe.session': ['bpf_attach_type', 'BPF_TRACE_KPROBE_SESSION'],
  raw_tracepoint: ['bpf_prog_type', 'BPF_PROG_TYPE_RAW_TRACEPOINT'],
  raw_tp: ['bpf_prog_type', 'BPF_PROG_TYPE_RAW_TRACEPOINT'],
  'raw_tracepoint.w': ['bpf_prog_type', 'BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE'],
  'raw_tp.w': ['bpf_prog_type', 'BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE'],
  tp_btf: ['bpf_attach_type', 'BPF_TRACE_RAW_TP'],
  fentry: ['bpf_attach_type', 'BPF_TRACE_FENTRY'],
  fexit: ['bpf_attach_type', 'BPF_TRACE_FEXIT'],
  fmod_ret: ['bpf_attach_type', 'BPF_MODIFY_RETURN'],
  fsession: ['bpf_attach_type', 'BPF_TRACE_FSESSION'],
  'fentry.multi': ['bpf_attach_type', 'BPF_TRACE_FENTRY_MULTI'],
  'fexit.multi': ['bpf_attach_type', 'BPF_TRACE_FEXIT_MULTI'],
  'fsession.multi': ['bpf_attach_type', 'BPF_TRACE_FSESSION_MULTI'],
  freplace: ['bpf_prog_type', 'BPF_PROG_TYPE_EXT'],
  lsm: ['bpf_attach_type', 'BPF_LSM_MAC'],
  lsm_cgroup: ['bpf_attach_type', 'BPF_LSM_CGROUP'],
  iter: ['bpf_attach_type', 'BPF_TRACE_ITER'],
  struct_ops: ['bpf_prog_type', 'BPF_PROG_TYPE_STRUCT_OPS'],
};

/** The name of what a kernel lacks for programs of a kind; null where it lacks nothing, or its BTF does not tell. */
export function missingFeature(program: string, target: CheckTarget): string | null {
  const wanted = Object.hasOwn(WANTED, program) ? WANTED[program] : undefined;
  return wanted !== undefined && hasEnumerator(target, ...wanted) === false ? wanted[1] : null;
}
