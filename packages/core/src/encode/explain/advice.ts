import type { Case } from './evidence.js';
import type { Reason } from './explanation.js';

const UNMARKED =
  'The set8 that names it is not marked as one of kfuncs (BTF_KFUNCS_START, from Linux 6.9 on): it gets no bpf_kfunc tag, and newer kernels do not register the set.';
const NO_FUNC =
  'A set8 names it as a kfunc: without a FUNC its id is 0, and registering the set fails. __bpf_kfunc keeps a function as it is.';
const ASSEMBLER =
  'It is assembler, whose DWARF has no prototypes: whatever it takes and returns, the FUNC says void and no parameters.';
/** Keeps compilers from changing how a function is called. */
const KEEP = "Mark it noinline, __used and, for gcc, __noclone, so that it keeps the source's parameters.";

/** What can be done for a function, in sentences; `reason` is why it is left out. */
export function adviceFor(reason: Reason | null, evidence: Case): string[] {
  const { kfunc } = evidence;
  const advice = reason === null ? [] : forReason(reason, evidence);
  if (evidence.functions.some(({ unit }) => /\.[sS]$/.test(unit))) advice.push(ASSEMBLER);
  if (reason !== null && evidence.baseFunc !== null)
    advice.push(
      `The base has FUNC '${evidence.name}', type id ${evidence.baseFunc}: programs attach to that.`,
    );
  if (kfunc !== null && reason !== null) advice.push(NO_FUNC);
  if (kfunc !== null && !kfunc.sets.some(({ isMarked }) => isMarked)) advice.push(UNMARKED);
  return advice;
}

function forReason(reason: Reason, evidence: Case): string[] {
  const { name, symbols, sameCode, similar, exactly } = evidence;
  const code = symbols.filter(({ role }) => role === 'function');
  const probe = `A kprobe works without BTF, on ${code.length === 1 ? `${code[0]!.name}` : 'the address'}; what its registers hold, DWARF or the disassembly tells.`;
  const exact =
    exactly === undefined
      ? []
      : [`With the feature true_signature it is FUNC '${exactly.name}', prototype ${exactly.prototype}.`];
  switch (reason) {
    case 'ambiguous address':
      return [
        'Give the static functions names of their own.',
        `A kprobe works on an address instead of the name (${code.map(({ address }) => address).join(', ')}).`,
      ];
    case 'optimized parameters':
    case 'reordered parameters':
      return [KEEP, ...exact, probe];
    case 'unexpected register': {
      const returnsStruct = evidence.functions.some(({ findings }) =>
        findings.some(({ rule }) => rule === 'struct result'),
      );
      const keep = returnsStruct ? 'Return the struct through a pointer that is a parameter.' : KEEP;
      return [keep, ...exact, probe];
    }
    case 'uncertain location':
      return ['Pass the struct by a pointer, or do not pack it.', probe];
    case 'inconsistent prototypes':
      return [
        'Make the prototypes agree; where these are different functions of one name, rename one.',
        'Without the feature consistent_func, the function whose symbol there is counts.',
        probe,
      ];
    case 'unknown name':
      return similar.length === 0 ? [] : [`Was one of these meant: ${similar.join(', ')}?`];
    case 'not a function symbol':
      if (!symbols.some(({ type }) => type === 'NOTYPE')) return [];
      return [
        'In assembler, SYM_FUNC_START() or `.type NAME, @function` makes it FUNC.',
        'A kprobe works on the symbol as it is.',
      ];
    case 'only pieces':
      return evidence.asked === name
        ? [`Mark ${name} noinline, or trace the functions that it went into.`]
        : [`Ask about ${name}.`];
    case 'undefined':
    case 'only declared':
      return [`Ask for ${name} in the file that defines it: vmlinux, or another module.`];
    case 'no symbol':
      if (evidence.functions.some(one => one.symbols.length > 0)) return [`A kprobe works on the symbol.`];
      return [
        'Keep it with __used, and keep its symbol: strip and --discard-all drop those of static functions, the linker drops sections that nothing uses.',
      ];
    case 'no symbol table':
      return ['Encode the file from before it was stripped.'];
    case 'only inlined':
      return [
        'Mark it noinline, and __used if nothing calls it; or trace the functions that it was inlined into.',
      ];
    case 'no DWARF':
      return sameCode.length === 0
        ? [
            'BTF is made from DWARF: of C compiled with -g. Assembler has no prototypes; a kprobe works on the symbol.',
          ]
        : [`Ask about ${sameCode[0]!.name}, which is the same code.`];
    case 'excluded language':
      return ['Leave the language out of --lang-exclude.'];
    case 'unnamed parameters':
      return ['Name all parameters where the function is defined.'];
  }
}
