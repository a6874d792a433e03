import { Kind, kindName, type TypeId } from '../btf/index.js';
import { typesDiffer } from '../core-relo/compat.js';
import { CoreRefusal } from '../core-relo/refusal.js';
import type { CoreTypes } from '../core-relo/types.js';
import { type Answer, answer, OK } from './answer.js';
import { cText } from './c-text.js';
import type { Extern } from './externs.js';
import type { CheckTarget } from './target.js';

/**
 * What becomes of an extern: libbpf's bpf_object__resolve_externs. The object is not loaded where a strong one is not
 * there, or is of another type.
 */
export function checkExtern(extern: Extern, local: CoreTypes | null, target: CheckTarget): Answer {
  const { problem } = extern;
  if (problem !== null) return answer('refused', problem, { message: problem });
  switch (extern.what) {
    case 'func':
      return checkFunction(extern, local!, target);
    case 'var':
      return checkVariable(extern, local!, target);
    case 'symbol':
      return checkSymbol(extern, target);
    case 'kconfig':
      return checkKconfig(extern);
  }
}

function checkFunction(extern: Extern, local: CoreTypes, target: CheckTarget): Answer {
  const { name, isWeak } = extern;
  const found = target.find(extern.kernelName, Kind.FUNC);
  if (found === null) {
    const message = `extern (func ksym) '${name}': not found in kernel or module BTFs`;
    return isWeak ? absent() : answer('missing', 'not found in kernel or module BTFs', { message });
  }
  const { types, module } = found;
  const proto = types.third(found.id);
  const prototype = cText(types, proto, types.btf.typeName(found.id));
  const why = whyIncompatible(local, extern.type, types, proto);
  if (why === null) return { ...OK, module, prototype };
  if (isWeak)
    return answer('absent', `another prototype, so that it counts as missing: ${why}`, { module, prototype });
  const message = `extern (func ksym) '${name}': func_proto [${extern.type}] incompatible with ${module ?? 'vmlinux'} [${proto}]`;
  return answer('incompatible', `func_proto incompatible with ${module ?? 'vmlinux'}: ${why}`, {
    message,
    module,
    prototype,
  });
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
  if (why === null) return { ...OK, module };
  const shown = (side: CoreTypes, id: TypeId) => `${kindWord(side, id)} ${side.btf.typeName(id)}`;
  const expected = shown(local, type);
  const there = shown(types, kernelType);
  return answer('incompatible', `incompatible types, expected ${expected}, but kernel has ${there}`, {
    message: `extern (var ksym) '${name}': incompatible types, expected [${type}] ${expected}, but kernel has [${kernelType}] ${there}`,
    module,
  });
}

const kindWord = (types: CoreTypes, id: TypeId) =>
  types.kind(id) === 0 ? 'void' : kindName(types.kind(id)).toLowerCase();

/** libbpf makes some of them itself, and takes weak ones for 0. */
function checkKconfig({ name, isWeak }: Extern): Answer {
  if (isWeak || !name.startsWith('CONFIG_')) return OK;
  return answer(
    'unknown',
    "the kernel's configuration tells, which is not looked at: without this option nothing loads",
  );
}

/** Without a type: any symbol will do. Only kallsyms has those that are no functions. */
function checkSymbol({ name, isWeak }: Extern, target: CheckTarget): Answer {
  const { kallsyms } = target;
  if (kallsyms === null)
    return answer('unknown', 'without kallsyms it is not known whether the symbol is there');
  if (kallsyms.find(name).some(({ suffix }) => suffix === '' || suffix.startsWith('.llvm.'))) return OK;
  const message = `extern '${name}' (strong): not resolved`;
  return isWeak ? absent() : answer('missing', `${target.kallsymsFile} has no such symbol`, { message });
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
