import { Kind, kindName, type TypeId } from '../btf/index.js';
import { typesDiffer } from '../core-relo/compat.js';
import { rootOf, sameBytes } from '../core-relo/names.js';
import { CoreRefusal } from '../core-relo/refusal.js';
import { type CoreTypes, isComposite } from '../core-relo/types.js';
import { type Answer, answer, OK } from './answer.js';
import { cText } from './c-text.js';
import type { Extern } from './externs.js';
import { checkKconfig } from './kconfig.js';
import type { CheckTarget } from './target.js';
import { ADDRESS, constant, DOUBTFUL, type Value } from './values.js';

/** What becomes of an extern, and what a reference to it gives. */
export interface ExternOutcome {
  readonly answer: Answer;
  readonly value: Value;
  /** The answer instead, where a program that is loaded gets to a call of it. */
  readonly ifCalled: Answer | null;
}

/**
 * What becomes of an extern: libbpf's bpf_object__resolve_externs. The object is not loaded where a strong one is not
 * there, or is of another type.
 */
export function checkExtern(extern: Extern, local: CoreTypes | null, target: CheckTarget): ExternOutcome {
  const { problem } = extern;
  if (problem !== null) return symbolOutcome(answer('refused', problem, { message: problem }));
  switch (extern.what) {
    case 'func':
      return checkFunction(extern, local!, target);
    case 'var':
      return symbolOutcome(checkVariable(extern, local!, target));
    case 'symbol':
      return checkSymbol(extern, target);
    case 'kconfig':
      return { ...checkKconfig(extern, local!, target), ifCalled: null };
  }
}

/** An address of the kernel's, or 0. */
function symbolOutcome(told: Answer): ExternOutcome {
  return { answer: told, value: told.verdict === 'absent' ? constant(0n) : ADDRESS, ifCalled: null };
}

function checkFunction(extern: Extern, local: CoreTypes, target: CheckTarget): ExternOutcome {
  const { name, isWeak } = extern;
  const found = target.find(extern.kernelName, Kind.FUNC);
  if (found === null) {
    const message = `extern (func ksym) '${name}': not found in kernel or module BTFs`;
    if (isWeak) return absentFunction(name, absent());
    return symbolOutcome(answer('missing', 'not found in kernel or module BTFs', { message }));
  }
  const { types, module } = found;
  const proto = types.third(found.id);
  const prototype = cText(types, proto, types.btf.typeName(found.id));
  const why = whyIncompatible(local, extern.type, types, proto);
  if (why === null) {
    const outcome = symbolOutcome({ ...OK, module, prototype });
    if (target.isKfunc(found) !== false) return outcome;
    const reason = 'the kernel has this function, but it is no kfunc: programs may not call it';
    const message = `calling kernel function ${types.btf.typeName(found.id)} is not allowed`;
    return { ...outcome, ifCalled: answer('incompatible', reason, { message, module, prototype }) };
  }
  if (isWeak) {
    const reason = `another prototype, so that it counts as missing: ${why}`;
    return absentFunction(name, answer('absent', reason, { module, prototype }));
  }
  const message = `extern (func ksym) '${name}': func_proto [${extern.type}] incompatible with ${module ?? 'vmlinux'} [${proto}]`;
  const reason = `func_proto incompatible with ${module ?? 'vmlinux'}: ${why}`;
  return symbolOutcome(answer('incompatible', reason, { message, module, prototype }));
}

/** libbpf makes a call of what is not there one that the verifier refuses where it gets there. */
function absentFunction(name: string, told: Answer): ExternOutcome {
  const reason = `${told.reason}, and the program can get to a call of it`;
  const message = `kfunc '${name}' is referenced but wasn't resolved`;
  return { ...symbolOutcome(told), ifCalled: { ...told, verdict: 'missing', reason, message } };
}

function absent(): Answer {
  return answer('absent', 'weak, and not there: 0');
}

function checkVariable(extern: Extern, local: CoreTypes, target: CheckTarget): Answer {
  const { name, isWeak, type } = extern;
  const found = target.find(extern.kernelName, Kind.VAR);
  if (found === null) {
    const message = `extern (var ksym) '${name}': not found in kernel BTF`;
    return isWeak ? absent() : answer('missing', 'not found in kernel BTF', { message });
  }
  const { types, module } = found;
  const kernelType = types.skip(types.third(found.id));
  // Weak or not: libbpf refuses what it does not know how to read.
  const why = whyIncompatible(local, type, types, kernelType);
  if (why === null && !isSymbol(name, target)) {
    const reason = `in BTF, but ${target.kallsymsName} does not have its address`;
    const message = `ldimm64 failed to find the address for kernel symbol '${name}'.`;
    return answer('missing', reason, { message, module });
  }
  const shown = (side: CoreTypes, id: TypeId) => `${kindWord(side, id)} ${side.btf.typeName(id)}`;
  const expected = shown(local, type);
  const there = shown(types, kernelType);
  if (why === null) {
    const isOther =
      isComposite(local.kind(type)) &&
      !sameBytes(rootOf(local.nameBytes(type)), rootOf(types.nameBytes(kernelType)));
    // libbpf compares kinds alone; the program reads the one as if it were the other.
    return {
      ...OK,
      module,
      reason: isOther ? `the kernel has ${there}, where the program has ${expected}` : '',
    };
  }
  return answer('incompatible', `incompatible types, expected ${expected}, but kernel has ${there}`, {
    message: `extern (var ksym) '${name}': incompatible types, expected [${type}] ${expected}, but kernel has [${kernelType}] ${there}`,
    module,
  });
}

const kindWord = (types: CoreTypes, id: TypeId) =>
  types.kind(id) === 0 ? 'void' : kindName(types.kind(id)).toLowerCase();

/** The verifier asks kallsyms for the address, which without CONFIG_KALLSYMS_ALL has no variables. */
function isSymbol(name: string, { kallsyms, isWithoutModules }: CheckTarget): boolean {
  return kallsyms === null || isWithoutModules || kallsyms.find(name).some(({ suffix }) => suffix === '');
}

/** Without a type: any symbol will do. Only kallsyms has those that are no functions. */
function checkSymbol({ name, isWeak }: Extern, target: CheckTarget): ExternOutcome {
  const { kallsyms, isWithoutModules } = target;
  const found = kallsyms?.find(name) ?? [];
  if (found.some(({ suffix }) => suffix === '' || suffix.startsWith('.llvm.'))) return symbolOutcome(OK);
  if (kallsyms === null || isWithoutModules) {
    const reason = 'without kallsyms it is not known whether the symbol is there';
    return { answer: isWeak ? OK : answer('unknown', reason), value: DOUBTFUL, ifCalled: null };
  }
  const message = `extern '${name}' (strong): not resolved`;
  return symbolOutcome(
    isWeak ? absent() : answer('missing', `${target.kallsymsName} has no such symbol`, { message }),
  );
}

/** Null where libbpf's bpf_core_types_are_compat says yes. */
export function whyIncompatible(
  local: CoreTypes,
  localId: TypeId,
  target: CoreTypes,
  targetId: TypeId,
): string | null {
  try {
    return typesDiffer({ local, localId, target, targetId });
  } catch (error) {
    if (error instanceof CoreRefusal) return error.problem;
    throw error;
  }
}

/** What a program declares, as C: `int task_move(struct task *, u32)`; the name alone where it has no type. */
export function declarationOf({ name, type, btfId, what }: Extern, local: CoreTypes | null): string {
  if (local === null || btfId === 0) return name;
  return what === 'func' ? cText(local, type, name) : cText(local, local.third(btfId), name);
}
