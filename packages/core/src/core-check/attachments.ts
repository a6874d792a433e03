import { Kind } from '../btf/index.js';
import type { AttachTarget } from '../kernel/attach.js';
import { findAttachment } from '../kernel/attachment.js';
import { type Answer, answer, OK } from './answer.js';
import { missingArgument, prototypeOf, untraceable } from './arguments.js';
import { cText } from './c-text.js';
import { missingFeature } from './features.js';
import type { CheckTarget, Found } from './target.js';

const encoder = new TextEncoder();
/** Where a return value follows the arguments. */
const HAS_RESULT = new Set(['fexit', 'fmod_ret', 'fsession', 'lsm', 'lsm_cgroup']);

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
  const feature = missingFeature(target.program, kernel);
  if (feature !== null) {
    return answer('missing', `the kernel has no ${feature}, and so no programs of this kind`);
  }
  if (name === '' || form === 'program') return OK;
  if (type !== null) {
    const found = findType(target, encoder.encode(type.name), type.kind, kernel);
    return found === null ? missingType(target, kernel) : checkFunction(target, found, context);
  }
  if (form === 'tracepoint') return checkTracepoint(target, kernel);
  return checkSymbol(target, kernel);
}

function checkFunction(target: AttachTarget, found: Found, context: ReadonlySet<number>): Answer {
  const { name, form, program } = target;
  const { types, id, module } = found;
  const proto = prototypeOf(types, id);
  if (proto === 0) return { ...OK, module };
  const isTracepoint = form === 'tracepoint';
  const shown = isTracepoint ? name : target.type!.name;
  const prototype = cText(types, proto, shown);
  const problem =
    (isTracepoint ? null : untraceable(types, proto, shown)) ??
    missingArgument(types, proto, context, shown, isTracepoint ? 1 : 0, HAS_RESULT.has(program));
  if (problem !== null)
    return answer('incompatible', `${problem}: it is ${prototype}`, { message: problem, module, prototype });
  if (program !== 'fmod_ret' || /^security_|^__\w+_sys_/.test(name)) return { ...OK, module, prototype };
  const reason = 'fmod_ret takes functions that ALLOW_ERROR_INJECTION names, which BTF does not tell';
  return answer('unknown', reason, { message: `${name}() is not modifiable`, module, prototype });
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
  } else {
    reasons.push(...notes);
    if (target.form === 'function' && places.length === 0) reasons.push(goneText(kernel));
  }
  return answer('missing', reasons.join('; '), {
    message: `failed to find kernel BTF type ID of '${wanted}': -ESRCH`,
    alternatives: alternativesTo(target, kernel, places),
  });
}

/** What it means that there is no symbol of a function. */
function goneText({ kallsyms, isWithoutModules, modules }: CheckTarget): string {
  if (kallsyms !== null) {
    const module = isWithoutModules ? ', in a module' : '';
    return `it is not in this kernel${module}, or inlined wherever it is called`;
  }
  const changed = modules.length === 0 ? 'changed by the compiler or in a module' : 'changed by the compiler';
  return `without kallsyms it is not known whether it is gone, inlined, or ${changed}`;
}

function symbols(target: AttachTarget, { kallsyms, kallsymsName }: CheckTarget) {
  if (kallsyms === null) return { notes: [], places: [] };
  return findAttachment(target, () => kallsyms, kallsymsName);
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
  const isFunction = form === 'function' && places.length === 0;
  const reason = [...notes, ...(isFunction ? [goneText(kernel)] : [])].join('; ');
  const alternatives = alternativesTo(target, kernel, places);
  if (kernel.isWithoutModules && places.length === 0) {
    return inBtf !== null ? { ...OK, module: inBtf.module } : answer('unknown', reason, { alternatives });
  }
  const message = form === 'tracepoint' ? '' : `failed to create kprobe '${name}' perf event: -ENOENT`;
  return answer('missing', reason, { message, alternatives });
}
