import { Kind } from '../btf/index.js';

/**
 * What a program attaches to. `pattern`: functions by `*` and `?`; `hook`: a security hook; `program`: a function of
 * another program, which no kernel has.
 */
export type AttachForm = 'function' | 'pattern' | 'syscall' | 'tracepoint' | 'hook' | 'iterator' | 'program';

/** What a section's name says of the program in it, as libbpf reads it. */
export interface AttachTarget {
  /** `kprobe.multi`, without `.s`. */
  readonly program: string;
  readonly form: AttachForm;
  /** The name began with `?`: not loaded unless asked for. */
  readonly isOptional: boolean;
  /** `.s` */
  readonly isSleepable: boolean;
  /** Of `module:function`. */
  readonly module: string | null;
  /** Function, pattern, tracepoint or hook; empty where the section leaves it to the loader. */
  readonly name: string;
  /** Bytes from the function's start: `kprobe/function+0x10`. */
  readonly offset: number;
  /** What kernel or module BTF has for it, where the program is attached by a type id. */
  readonly type: { readonly name: string; readonly kind: number } | null;
  /** Names that kallsyms may have for it; for patterns none. */
  readonly symbols: readonly string[];
  /** What libbpf refuses in this name. */
  readonly problem: string | null;
}

interface SectionType {
  readonly form: AttachForm;
  /** The kernel finds the target by the id of a type (SEC_ATTACH_BTF). */
  readonly byType?: true;
  readonly mayBeSleepable?: true;
}

const byType = { byType: true, mayBeSleepable: true } as const;

/** Those rows of libbpf's section_defs that attach to something in the kernel's code, and freplace. */
const SECTION_TYPES: Readonly<Record<string, SectionType>> = {
  kprobe: { form: 'function' },
  kretprobe: { form: 'function' },
  'kprobe.multi': { form: 'pattern' },
  'kretprobe.multi': { form: 'pattern' },
  'kprobe.session': { form: 'pattern' },
  ksyscall: { form: 'syscall' },
  kretsyscall: { form: 'syscall' },
  tracepoint: { form: 'tracepoint', mayBeSleepable: true },
  tp: { form: 'tracepoint', mayBeSleepable: true },
  raw_tracepoint: { form: 'tracepoint', mayBeSleepable: true },
  raw_tp: { form: 'tracepoint', mayBeSleepable: true },
  'raw_tracepoint.w': { form: 'tracepoint' },
  'raw_tp.w': { form: 'tracepoint' },
  tp_btf: { form: 'tracepoint', ...byType },
  fentry: { form: 'function', ...byType },
  fexit: { form: 'function', ...byType },
  fmod_ret: { form: 'function', ...byType },
  fsession: { form: 'function', ...byType },
  'fentry.multi': { form: 'pattern', mayBeSleepable: true },
  'fexit.multi': { form: 'pattern', mayBeSleepable: true },
  'fsession.multi': { form: 'pattern', mayBeSleepable: true },
  freplace: { form: 'program', byType: true },
  lsm: { form: 'hook', ...byType },
  lsm_cgroup: { form: 'hook', byType: true },
  iter: { form: 'iterator', ...byType },
};

/** As libbpf's arch_specific_syscall_pfx; kernels without system call wrappers have `sys_NAME`. */
const SYSCALL_PREFIXES = ['x64', 'ia32', 's390x', 'arm', 'arm64', 'mips', 'riscv', 'powerpc', 'powerpc64'];

/** Reads a section's name. Null for programs that attach to nothing of the kernel's code, as `xdp` or `uprobe`. */
export function attachTarget(section: string): AttachTarget | null {
  const isOptional = section.startsWith('?');
  const whole = isOptional ? section.slice(1) : section;
  const slash = whole.indexOf('/');
  const head = slash < 0 ? whole : whole.slice(0, slash);
  const plain = head.replace(/\.s$/, '');
  const isSleepable = plain !== head;
  const type = Object.hasOwn(SECTION_TYPES, plain) ? SECTION_TYPES[plain] : undefined;
  if (type === undefined || (isSleepable && !type.mayBeSleepable)) return null;
  const rest = slash < 0 ? '' : whole.slice(slash + 1);
  const { form } = type;
  return {
    program: plain,
    form,
    isOptional,
    isSleepable,
    module: null,
    offset: 0,
    problem: null,
    ...named(plain, type, rest),
  };
}

type Named = Pick<AttachTarget, 'name' | 'type' | 'symbols'> & Partial<AttachTarget>;

function named(program: string, { form, byType }: SectionType, rest: string): Named {
  if (rest === '') return { name: '', type: null, symbols: [] };
  switch (form) {
    case 'function':
      return byType ? traced(rest) : probed(program, rest);
    case 'pattern':
      return pattern(rest);
    case 'syscall':
      return { name: rest, type: null, symbols: syscallSymbols(rest) };
    case 'tracepoint':
      return byType
        ? { ...traceEvent(rest), type: { name: `btf_trace_${rest}`, kind: Kind.TYPEDEF } }
        : traceEvent(rest);
    case 'hook':
      return byFunction(rest, `bpf_lsm_${rest}`);
    case 'iterator':
      return byFunction(rest, `bpf_iter_${rest}`);
    case 'program':
      return { name: rest, type: null, symbols: [] };
  }
}

function syscallSymbols(name: string): string[] {
  return [...SYSCALL_PREFIXES.map(prefix => `__${prefix}_sys_${name}`), `__se_sys_${name}`, `sys_${name}`];
}

/** tp/CATEGORY/NAME, or NAME alone. Those of single system calls are made at run time, and have no symbol. */
function traceEvent(rest: string): Named {
  const name = rest.slice(rest.lastIndexOf('/') + 1);
  const syscall = rest.match(/^syscalls\/sys_(?:enter|exit)_(.+)$/)?.[1];
  // Of the two symbols not every kernel has the second in its table.
  const symbols =
    syscall === undefined ? [`__traceiter_${name}`, `__tracepoint_${name}`] : syscallSymbols(syscall);
  return { name, type: null, symbols };
}

function byFunction(name: string, symbol: string): Named {
  return { name, type: { name: symbol, kind: Kind.FUNC }, symbols: [symbol] };
}

/** libbpf's find_kernel_btf_id: all before the first colon is a module's name. */
function traced(rest: string): Named {
  const { module, name } = withoutModule(rest);
  return { ...byFunction(name, name), module };
}

/** libbpf's attach_kprobe: what follows name and offset is not looked at. */
function probed(program: string, rest: string): Named {
  const { module, name: place } = withoutModule(rest);
  const [, name, plus] = place.match(/^([A-Za-z0-9_.]+)(?:\+(-?(?:0[xX][0-9a-fA-F]+|[0-9]+)))?/) ?? [];
  if (name === undefined) return unsound(rest, `kprobe name is invalid: ${rest}`);
  const offset = plus === undefined ? 0 : toNumber(plus);
  const found = { name, module, type: null, symbols: [name], offset };
  if (offset < 0) return { ...found, problem: `kprobe offset must be a non-negative integer: ${offset}` };
  if (offset > 0 && program === 'kretprobe') {
    return { ...found, problem: 'kretprobes do not support offset specification' };
  }
  return found;
}

/** strtol with base 0: a leading 0 means octal. */
function toNumber(text: string): number {
  const digits = text.replace('-', '');
  const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return text.startsWith('-') ? -value : value;
}

function pattern(rest: string): Named {
  const { module, name: glob } = withoutModule(rest);
  const name = glob.match(/^[A-Za-z0-9_.*?]+/)?.[0];
  if (name === undefined) return unsound(rest, `kprobe multi pattern is invalid: ${rest}`);
  return { name, module, type: null, symbols: [] };
}

function unsound(name: string, problem: string): Named {
  return { name, type: null, symbols: [], problem };
}

function withoutModule(rest: string): { readonly module: string | null; readonly name: string } {
  const colon = rest.indexOf(':');
  return colon < 0
    ? { module: null, name: rest }
    : { module: rest.slice(0, colon), name: rest.slice(colon + 1) };
}
