/** Hooks that kfuncs are registered for: enum btf_kfunc_hook. */
export type KfuncHook =
  | 'COMMON'
  | 'XDP'
  | 'TC'
  | 'STRUCT_OPS'
  | 'TRACING'
  | 'SYSCALL'
  | 'FMODRET'
  | 'CGROUP'
  | 'SCHED_ACT'
  | 'SK_SKB'
  | 'SOCKET_FILTER'
  | 'LWT'
  | 'NETFILTER'
  | 'KPROBE';

interface ProgramType {
  /** Without BPF_PROG_TYPE_. */
  readonly name: string;
  readonly hook?: KfuncHook;
  /** Where the type was given its hook. */
  readonly since?: string;
}

/** enum bpf_prog_type by number, with the hooks of bpf_prog_type_to_kfunc_hook (kernel/bpf/btf.c, 5.18 to 7.3). */
const PROGRAM_TYPES: readonly ProgramType[] = [
  { name: 'UNSPEC', hook: 'COMMON', since: '6.2' },
  { name: 'SOCKET_FILTER', hook: 'SOCKET_FILTER', since: '6.4' },
  { name: 'KPROBE', hook: 'KPROBE', since: '6.10' },
  { name: 'SCHED_CLS', hook: 'TC', since: '5.18' },
  { name: 'SCHED_ACT', hook: 'SCHED_ACT', since: '6.4' },
  { name: 'TRACEPOINT', hook: 'TRACING', since: '6.12' },
  { name: 'XDP', hook: 'XDP', since: '5.18' },
  { name: 'PERF_EVENT', hook: 'TRACING', since: '6.12' },
  { name: 'CGROUP_SKB', hook: 'CGROUP', since: '6.4' },
  { name: 'CGROUP_SOCK', hook: 'CGROUP', since: '6.12' },
  { name: 'LWT_IN', hook: 'LWT', since: '6.4' },
  { name: 'LWT_OUT', hook: 'LWT', since: '6.4' },
  { name: 'LWT_XMIT', hook: 'LWT', since: '6.4' },
  { name: 'SOCK_OPS', hook: 'CGROUP', since: '6.15' },
  { name: 'SK_SKB', hook: 'SK_SKB', since: '6.4' },
  { name: 'CGROUP_DEVICE', hook: 'CGROUP', since: '6.12' },
  { name: 'SK_MSG' },
  { name: 'RAW_TRACEPOINT', hook: 'TRACING', since: '7.0' },
  { name: 'CGROUP_SOCK_ADDR', hook: 'CGROUP', since: '6.6' },
  { name: 'LWT_SEG6LOCAL', hook: 'LWT', since: '6.4' },
  { name: 'LIRC_MODE2' },
  { name: 'SK_REUSEPORT' },
  { name: 'FLOW_DISSECTOR' },
  { name: 'CGROUP_SYSCTL', hook: 'CGROUP', since: '6.12' },
  { name: 'RAW_TRACEPOINT_WRITABLE' },
  { name: 'CGROUP_SOCKOPT', hook: 'CGROUP', since: '6.12' },
  { name: 'TRACING', hook: 'TRACING', since: '5.19' },
  { name: 'STRUCT_OPS', hook: 'STRUCT_OPS', since: '5.18' },
  { name: 'EXT' },
  { name: 'LSM', hook: 'TRACING', since: '6.1' },
  { name: 'SK_LOOKUP' },
  { name: 'SYSCALL', hook: 'SYSCALL', since: '5.19' },
  { name: 'NETFILTER', hook: 'NETFILTER', since: '6.4' },
];

/** How a release registers kfuncs. */
export interface KfuncRules {
  readonly release: string;
  /** The kset points to one set with flags (set8); before, to up to four sets of another kind. */
  readonly set8: boolean;
  /** BTF_KFUNC_SET_MAX_CNT */
  readonly most: number;
  /** Ids are looked at: each must be a FUNC, iterators of the right shape. */
  readonly prototypes: boolean;
  /** The set must say that it is one of kfuncs (BTF_SET8_KFUNCS). */
  readonly needsFlag: boolean;
  /** No kfunc may have the name of a function of vmlinux. */
  readonly ownNames: boolean;
  /** With CONFIG_CFI, destructors of kptrs must take void *. */
  readonly dtorsForCfi: boolean;
  /** MODULE_ALLOW_BTF_MISMATCH: what is refused then is said once for all modules, and what types are wrong is not. */
  readonly mismatchOnce: boolean;
  /** "kfunc" in "missing module BTF, cannot register …". */
  readonly missing: { readonly kfuncs: string; readonly dtors: string };
}

/** Of one of `RELEASES` of the verifier. */
export function kfuncRulesOf(release: string): KfuncRules {
  const has = (since: string) => isSince(release, since);
  return {
    release,
    set8: has('6.0'),
    most: has('6.1') ? 256 : 32,
    prototypes: has('6.4'),
    needsFlag: has('6.9'),
    ownNames: has('7.2'),
    dtorsForCfi: has('7.0'),
    mismatchOnce: has('6.3'),
    missing: { kfuncs: has('6.9') ? 'kfunc' : 'kfuncs', dtors: 'dtor kfuncs' },
  };
}

/** Whether `release` is `since` or newer. */
export function isSince(release: string, since: string): boolean {
  const [major, minor] = release.split('.').map(Number);
  const [sinceMajor, sinceMinor] = since.split('.').map(Number);
  return (major! - sinceMajor! || minor! - sinceMinor!) >= 0;
}

/** "BPF_PROG_TYPE_XDP"; with its number where there is none of this. */
export function programTypeName(type: number): string {
  const known = PROGRAM_TYPES[type];
  return known === undefined ? `BPF_PROG_TYPE ${type}` : `BPF_PROG_TYPE_${known.name}`;
}

/** The hook of a program type; undefined where this release has none for it. */
export function hookOf(type: number, release: string): KfuncHook | undefined {
  const known = PROGRAM_TYPES[type];
  if (known?.hook === undefined || !isSince(release, known.since!)) return undefined;
  return known.hook;
}
