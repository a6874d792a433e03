import type { AttachTarget } from './attach.js';
import type { Kallsyms, KernelSymbol } from './kallsyms.js';
import { kernelName } from './module-files.js';

/** What a program attaches to, and where in the kernel that is. */
export interface Attachment {
  readonly target: AttachTarget;
  /** All symbols of that name, then those to whose name a compiler added something; each in the order of kallsyms. */
  readonly places: readonly KernelSymbol[];
  /** The modules whose types the program sees: of the section's name, or of the places. */
  readonly modules: readonly string[];
  /** Each one line. */
  readonly notes: readonly string[];
}

/** `kallsyms` is called where symbols have to be looked up; null where the kernel has none. `file` names it. */
export function findAttachment(
  target: AttachTarget,
  kallsyms: () => Kallsyms | null,
  file: string,
): Attachment {
  const notes = target.problem === null ? [] : [target.problem];
  if (target.name === '' || target.form === 'program') return { target, places: [], modules: [], notes };
  const isNamed = target.module !== null && target.module !== 'vmlinux';
  const named = isNamed ? [kernelName(target.module)] : [];
  const symbols = kallsyms();
  if (symbols === null) {
    notes.push(`${file} is not there: where ${target.name} is, is not known`);
    return { target, places: [], modules: named, notes };
  }
  const found = symbolsOf(target, symbols);
  const exact = found.filter(({ suffix }) => suffix === '');
  const variants = found.filter(({ suffix }) => suffix !== '');
  notes.push(...notesOn(target, exact, variants, file));
  const holders = (exact.length > 0 ? exact : variants).flatMap(({ module }) => module ?? []);
  return { target, places: [...exact, ...variants], modules: [...new Set([...named, ...holders])], notes };
}

function symbolsOf(target: AttachTarget, kallsyms: Kallsyms): KernelSymbol[] {
  const { form, module, name, symbols } = target;
  const found =
    form === 'pattern' ? kallsyms.matching(name) : symbols.flatMap(symbol => kallsyms.find(symbol));
  // A tracepoint is data, which has no variants.
  const isWanted =
    form === 'tracepoint'
      ? ({ suffix }: KernelSymbol) => suffix === ''
      : ({ type }: KernelSymbol) => /[tTwWiI]/.test(type);
  const place = module === null || module === 'vmlinux' ? module : kernelName(module);
  return found.filter(
    symbol =>
      isWanted(symbol) &&
      !isMadeAtRunTime(symbol) &&
      (place === null || (symbol.module ?? 'vmlinux') === place),
  );
}

/** kallsyms shows trampolines and BPF programs as if they were of modules of these names. */
function isMadeAtRunTime({ module }: KernelSymbol): boolean {
  return module === 'bpf' || module?.startsWith('__builtin__') === true;
}

function notesOn(
  { name, module, form }: AttachTarget,
  exact: readonly KernelSymbol[],
  variants: readonly KernelSymbol[],
  file: string,
): string[] {
  const wanted = module === null ? name : `${name} of ${module}`;
  if (exact.length === 0 && variants.length === 0) return [`${file} has no ${wanted}`];
  const pieces = variants.map(shown).join(', ');
  if (exact.length === 0) return [`${wanted} is there only as the compiler changed it: ${pieces}`];
  const notes = variants.length > 0 ? [`of ${wanted} there are pieces or copies too: ${pieces}`] : [];
  const holders = new Set(exact.map(symbol => symbol.module ?? 'vmlinux'));
  if (holders.size > 1 && form !== 'pattern') notes.push(`${wanted} is in ${[...holders].join(', ')}`);
  return notes;
}

function shown({ name, module }: KernelSymbol): string {
  return module === null ? name : `${name} [${module}]`;
}
