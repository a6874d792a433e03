import { Kind, type TypeId } from '../btf/index.js';
import type { CoreTypes } from '../core-relo/types.js';
import type { AttachTarget } from '../kernel/attach.js';
import { findAttachment } from '../kernel/attachment.js';
import { type Answer, answer, OK } from './answer.js';
import { cText } from './c-text.js';
import type { CheckTarget, Found } from './target.js';

const encoder = new TextEncoder();

/** Type of a tracepoint's function. */
export const tracepointType = (name: string) => `btf_trace_${name}`;
/** A kernel whose BTF has no tracepoint of the scheduler has none at all: those before Linux 5.5. */
export const SCHED_SWITCH = encoder.encode(tracepointType('sched_switch'));

/** Names that a function may have had before or after. */
export function nearNames(name: string): string[] {
  const bare = name.replace(/^_+/, '');
  return [`__${bare}`, `_${bare}`, bare, `do_${bare}`, `${bare}_locked`].filter(one => one !== name);
}

/**
 * Whether a kernel has what a program attaches to. `context`: offsets in its context that the program loads from, where
 * that is an array of arguments.
 */
export function checkAttachment(
  target: AttachTarget,
  context: ReadonlySet<number>,
  kernel: CheckTarget,
): Answer {
  const { name, form, type, problem } = target;
  if (problem !== null) return answer('refused', problem, { message: problem });
  if (name === '' || form === 'program') return OK;
  if (type !== null) {
    const found = findType(target, encoder.encode(type.name), type.kind, kernel);
    return found === null ? missingType(target, kernel) : checkArguments(target, found, context);
  }
  if (form === 'tracepoint') return checkTracepoint(target, kernel);
  return checkSymbol(target, kernel);
}

/** As libbpf's find_kernel_btf_id, which compares as many letters of a module's name as are given. */
function findType(
  { module }: AttachTarget,
  name: Uint8Array,
  kind: number,
  kernel: CheckTarget,
): Found | null {
  const found = kernel.find(name, kind, place => module === null || (place ?? 'vmlinux').startsWith(module));
  if (found !== null || module === null) return found;
  // What a module stands on is looked through with it.
  return kernel.modules.some(one => one.startsWith(module)) ? kernel.find(name, kind) : null;
}

function missingType(target: AttachTarget, kernel: CheckTarget): Answer {
  const { name, module } = target;
  const wanted = module === null ? name : `${module}:${name}`;
  const where = kernel.modules.length > 0 ? 'vmlinux or module BTF' : 'vmlinux BTF';
  const reasons = [`${target.type!.name} is not found in ${where}`];
  const { notes, places } = symbols(target, kernel);
  const exact = places.find(({ suffix }) => suffix === '');
  if (exact !== undefined) {
    const of = exact.module === null ? '' : ` of ${exact.module}`;
    reasons.push(`the kernel has such a function${of}, but no BTF of it`);
  } else reasons.push(...notes);
  return answer('missing', reasons.join('; '), {
    message: `failed to find kernel BTF type ID of '${wanted}': -ESRCH`,
    alternatives: alternativesTo(target, kernel, places),
  });
}

function symbols(target: AttachTarget, { kallsyms, kallsymsFile }: CheckTarget) {
  if (kallsyms === null) return { notes: [], places: [] };
  return findAttachment(target, () => kallsyms, kallsymsFile);
}

/** What else there is of a function: itself for a kprobe, what the compiler made of it, a tracepoint, a near name. */
function alternativesTo(
  { form, name, program }: AttachTarget,
  kernel: CheckTarget,
  places: readonly { readonly name: string; readonly suffix: string }[],
): string[] {
  if (form !== 'function') return [];
  const isReturn = /exit|ret/.test(program);
  const probe = isReturn ? 'kretprobe' : 'kprobe';
  const found = places
    .filter(({ suffix }) => !suffix.includes('.cold') && (suffix !== '' || program !== probe))
    .map(place => `${probe}/${place.name}`);
  if (kernel.find(encoder.encode(tracepointType(name)), Kind.TYPEDEF) !== null) found.push(`tp_btf/${name}`);
  for (const near of nearNames(name)) {
    if (kernel.find(encoder.encode(near), Kind.FUNC) !== null) found.push(`${program}/${near}`);
  }
  return [...new Set(found)];
}

/** Tracepoints and events of them; those of single system calls have none of their own. */
function checkTracepoint(target: AttachTarget, kernel: CheckTarget): Answer {
  const { name } = target;
  if (kernel.find(encoder.encode(tracepointType(name)), Kind.TYPEDEF) !== null) return OK;
  if (kernel.kallsyms !== null) return checkSymbol(target, kernel);
  if (target.symbols.some(symbol => symbol.includes('sys_') && !symbol.startsWith('__trace'))) {
    return answer('unknown', 'events of single system calls are not in BTF');
  }
  if (kernel.find(SCHED_SWITCH, Kind.TYPEDEF) === null) {
    return answer('unknown', 'this BTF has no tracepoints at all');
  }
  return answer(
    'missing',
    `no tracepoint ${name} in ${kernel.modules.length > 0 ? 'vmlinux or module' : 'vmlinux'} BTF`,
  );
}

/** What is attached by a symbol's name. BTF can only say that a function is there. */
function checkSymbol(target: AttachTarget, kernel: CheckTarget): Answer {
  const { name, form } = target;
  const inBtf = form === 'function' ? findType(target, encoder.encode(name), Kind.FUNC, kernel) : null;
  if (kernel.kallsyms === null) {
    if (inBtf !== null) return { ...OK, module: inBtf.module };
    return answer(
      'unknown',
      `${name} is not in BTF, and without kallsyms it is not known whether it is there`,
      {
        alternatives: alternativesTo(target, kernel, []),
      },
    );
  }
  const { places, notes } = symbols(target, kernel);
  const exact = places.find(({ suffix }) => suffix === '');
  if (exact !== undefined) return { ...OK, module: exact.module };
  return answer('missing', notes.join('; '), {
    message: form === 'tracepoint' ? '' : `failed to create kprobe '${name}' perf event: -ENOENT`,
    alternatives: alternativesTo(target, kernel, places),
  });
}

/** Where a return value follows the arguments. */
const HAS_RESULT = new Set(['fexit', 'fmod_ret', 'fsession', 'lsm', 'lsm_cgroup']);

/** The verifier's btf_ctx_access: a program that loads an argument which the function does not have is refused. */
function checkArguments(target: AttachTarget, found: Found, context: ReadonlySet<number>): Answer {
  const { types, id, module } = found;
  const proto = prototypeOf(types, id);
  if (proto === 0) return { ...OK, module };
  const shownName = target.form === 'tracepoint' ? target.name : target.type!.name;
  const prototype = cText(types, proto, shownName);
  const count = types.tail(proto).length / 2 - (target.form === 'tracepoint' ? 1 : 0);
  const places = [...context].filter(offset => offset >= 0).sort((a, b) => a - b);
  for (const offset of places) {
    const index = argumentAt(types, proto, offset);
    if (index < count || (index === count && HAS_RESULT.has(target.program))) continue;
    const message = `func '${shownName}' doesn't have ${index + 1}-th argument`;
    return answer('incompatible', `${message}: it is ${prototype}`, { module, prototype });
  }
  return { ...OK, module, prototype };
}

/** FUNC_PROTO of a FUNC, or of a tracepoint's `typedef void (*btf_trace_x)(…)`; 0 where there is none. */
function prototypeOf(types: CoreTypes, id: TypeId): TypeId {
  let at: TypeId = types.third(id);
  if (types.kind(id) === Kind.TYPEDEF) {
    const pointer = types.skip(id);
    at = types.kind(pointer) === Kind.PTR ? types.third(pointer) : 0;
  }
  return types.kind(at) === Kind.FUNC_PROTO ? at : 0;
}

/** Which argument is at an offset of the context: each takes as many times 8 bytes as it has (get_ctx_arg_idx). */
function argumentAt(types: CoreTypes, proto: TypeId, offset: number): number {
  const tail = types.tail(proto);
  let end = 0;
  for (let at = 1; at < tail.length; at += 2) {
    end += slots(types, tail[at]);
    if (offset < end) return (at - 1) / 2;
  }
  end += slots(types, types.third(proto));
  return tail.length / 2 + (offset < end ? 0 : 1);
}

function slots(types: CoreTypes, id: TypeId): number {
  const type = types.skip(id);
  if (type === 0) return 0;
  const bytes = types.kind(type) === Kind.PTR ? 8 : types.third(type);
  return Math.ceil(bytes / 8) * 8;
}
