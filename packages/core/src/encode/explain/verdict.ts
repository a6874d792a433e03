import { OPTIMIZED } from '../symbols.js';
import { adviceFor } from './advice.js';
import type { Case } from './evidence.js';
import type { Contrast, Difference, Explanation, Finding, FunctionFacts, Reason } from './explanation.js';

/** Draws the conclusion from the evidence. */
export function conclude(evidence: Case): Explanation {
  const reason = reasonOf(evidence);
  const { asked, name, symbols, functions, declarations, sameCode, difference } = evidence;
  const { kfunc, baseFunc, similar } = evidence;
  return {
    ...{ asked, name, inBtf: reason === null, reason },
    verdict:
      reason === null ? encoded(evidence) : `${asked} is not in the BTF: ${because(reason, evidence)}.`,
    advice: adviceFor(reason, evidence),
    func: reason === null ? evidence.func : null,
    ...{ symbols, functions, declarations, sameCode, difference, kfunc, baseFunc, similar },
  };
}

function reasonOf(evidence: Case): Reason | null {
  const { asked, name, func, symbols, functions } = evidence;
  if (asked !== name) {
    const symbol = symbols.find(one => one.name === asked);
    if (symbol === undefined) return 'unknown name';
    if (symbol.role === 'piece') return 'only pieces';
  }
  if (func !== null) return null;
  if (evidence.omission !== undefined) return evidence.omission;
  if (symbols.length === 0 && evidence.isUndescribed) return 'unknown name';
  if (symbols.some(({ role }) => role === 'function')) {
    if (functions.length === 0) return 'no DWARF';
    return functions.every(({ excluded }) => excluded) ? 'excluded language' : 'unnamed parameters';
  }
  if (symbols.some(({ role }) => role === 'other type')) return 'not a function symbol';
  if (symbols.some(({ role }) => role === 'piece')) return 'only pieces';
  if (functions.length > 0) {
    if (!evidence.hasSymbolTable) return 'no symbol table';
    const isInlined = functions.some(({ kind, inlined }) => kind === 'abstract' || inlined.count > 0);
    return isInlined && functions.every(({ address }) => address === null) ? 'only inlined' : 'no symbol';
  }
  return symbols.length > 0 ? 'undefined' : 'only declared';
}

function encoded({ asked, func }: Case): string {
  const what = `FUNC '${func!.name}', prototype ${func!.prototype}`;
  if (func!.baseId === null) return `${asked} is in the BTF: ${what}.`;
  return `${asked} is in the BTF of the base already, and not repeated: ${what}, type id ${func!.baseId} there.`;
}

function because(reason: Reason, evidence: Case): string {
  const { name, symbols, functions, declarations, difference } = evidence;
  switch (reason) {
    case 'ambiguous address': {
      const places = symbols
        .filter(({ role }) => role === 'function')
        .map(({ suffix, name: whole, address }) => (suffix === '' ? address : `${whole} at ${address}`));
      return `its symbols are at several addresses (${listed(places)}), so that the name does not say which is meant`;
    }
    case 'optimized parameters': {
      const chosen = functions[evidence.canonical];
      const by = chosen?.symbols.find(isOptimized);
      const code = by === undefined ? 'clang changed its signature, and' : `its code is ${by}, in which`;
      const lost = which(chosen, 'no location', 'constant', 'no register');
      return `${code} ${lost.length === 1 ? `parameter ${lost[0]} was` : `parameters ${lost.join(', ')} were`} optimized out`;
    }
    case 'reordered parameters': {
      const function_ = withRule(functions, 'out of order');
      if (function_ === undefined) return 'its parameters come in another order than in the source';
      const source = functions.find(({ kind, unit }) => kind === 'abstract' && unit === function_.unit);
      const code = function_.symbols[0] ?? `a copy of it${at(function_)}`;
      return `the parameters of ${code} come as ${order(function_)}, in the source as ${order(source ?? function_)}`;
    }
    case 'uncertain location': {
      const function_ = withRule(functions, 'packed');
      const packed = which(function_, 'packed').join(', ');
      return `parameter ${packed} is a packed struct on the stack, so that it is not certain where parameters are${at(function_)}`;
    }
    case 'inconsistent prototypes':
      return difference === null
        ? 'its functions have different prototypes'
        : differing(functions, difference);
    case 'unexpected register': {
      const function_ = withRule(functions, 'unexpected register');
      const places = function_?.findings.flatMap(misplaced) ?? [];
      const isShifted = function_?.findings.some(({ rule }) => rule === 'struct result');
      const hidden = isShifted ? '; the first register has the address of the struct that it returns' : '';
      return `${places.join('; ')}${at(function_)}${hidden}`;
    }
    case 'unknown name':
      return evidence.asked === name
        ? 'neither DWARF nor the symbol table has that name'
        : 'the symbol table has no such symbol';
    case 'not a function symbol':
      return `its symbol is of type ${symbols.find(({ role }) => role === 'other type')!.type}, and only FUNC counts`;
    case 'only pieces':
      return evidence.asked === name
        ? `only pieces of it have symbols (${listed(symbols.map(symbol => symbol.name))})`
        : `it is a piece of ${name} that the compiler split off`;
    case 'undefined':
      return 'this file uses it, and another one defines it';
    case 'no symbol': {
      const function_ = functions.find(({ address }) => address !== null);
      if (function_ === undefined)
        return `it has neither a symbol nor an address in DWARF${at(functions[0])}`;
      const other = function_.symbols[0];
      return other === undefined
        ? `no symbol has that name, though DWARF has code for it${at(function_)}`
        : `the symbol of its code is ${other}, and only one of its own name counts${at(function_)}`;
    }
    case 'no symbol table':
      return 'the file has no symbol table, and only what has a symbol counts';
    case 'only inlined': {
      const copies = functions.reduce((sum, { inlined }) => sum + inlined.count, 0);
      return `it has no code of its own, all of it was inlined (${counted(copies, 'copy', 'copies')})`;
    }
    case 'only declared':
      return `DWARF only declares it${at(declarations.first[0])}, and the file does not define it`;
    case 'no DWARF':
      return `it has a symbol, but ${declarations.count > 0 ? 'is only declared' : 'no function'} in DWARF${aliasOf(evidence)}`;
    case 'excluded language':
      return `its unit is of a language that is left out${at(functions[0])}`;
    case 'unnamed parameters': {
      const function_ = withRule(functions, 'no name');
      return `parameter ${which(function_, 'no name').join(', ')} has no name${at(function_)}`;
    }
  }
}

function isOptimized(symbol: string): boolean {
  return OPTIMIZED.some(suffix => symbol.includes(suffix));
}

function withRule(functions: readonly FunctionFacts[], rule: Finding['rule']): FunctionFacts | undefined {
  return functions.find(({ findings }) => findings.some(finding => finding.rule === rule));
}

/** Parameters that these rules are about: "1 (`a`)", or "1" where it has no name. */
function which(function_: FunctionFacts | undefined, ...rules: Finding['rule'][]): string[] {
  return (function_?.findings ?? []).flatMap(finding => {
    if (!rules.includes(finding.rule) || !('parameter' in finding)) return [];
    return [finding.name === '' ? `${finding.parameter}` : `${finding.parameter} (\`${finding.name}\`)`];
  });
}

function misplaced(finding: Finding): string[] {
  if (finding.rule !== 'unexpected register') return [];
  const { parameter, name, found, expected } = finding;
  return [
    `parameter ${parameter} (\`${name}\`) is in ${found ?? 'no register'}, expected in ${expected.join(' or ')}`,
  ];
}

function order({ parameters }: FunctionFacts): string {
  return `(${parameters.join(', ')})`;
}

function differing(functions: readonly FunctionFacts[], { first, second, what }: Difference): string {
  let places = [first, second].map(index => place(functions[index]));
  if (places[0] === places[1]) places = [first, second].map(index => dieOf(functions[index]!));
  const more = what.length > 1 ? `, and ${what.length - 1} more` : '';
  return `the prototypes in ${places[0]} and ${places[1]} differ: ${contrastText(what[0]!)}${more}`;
}

/** "parameter 2 (`a`): `int` and `long`". */
export function contrastText({ what, parameter, name, first, second }: Contrast): string {
  switch (what) {
    case 'parameters':
      return `${counted(Number(first), 'parameter')} and ${second}`;
    case 'variadic':
      return `${first} and ${second} at the end`;
    case 'result':
      return `the result is \`${first}\` and \`${second}\``;
    case 'parameter':
      return `parameter ${parameter}${name ? ` (\`${name}\`)` : ''} is \`${first}\` and \`${second}\``;
  }
}

function aliasOf({ sameCode }: Case): string {
  return sameCode.length === 0 ? '' : `, which calls the code there ${sameCode[0]!.name}`;
}

function place(function_: FunctionFacts | undefined): string {
  if (function_ === undefined) return 'another unit';
  return function_.file === null ? function_.unit : `${function_.file}:${function_.line ?? 0}`;
}

function dieOf({ unit, offset }: FunctionFacts): string {
  return `${unit} at DIE 0x${offset.toString(16)}`;
}

function at(function_: FunctionFacts | undefined): string {
  return function_ === undefined ? '' : ` (${place(function_)})`;
}

function listed(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 4).join(', ')} and ${texts.length - 4} more` : texts.join(', ');
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
