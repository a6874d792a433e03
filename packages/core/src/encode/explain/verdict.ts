import { OPTIMIZED } from '../symbols.js';
import { adviceFor } from './advice.js';
import type { Case } from './evidence.js';
import type { Contrast, Explanation, Finding, FunctionFacts, Reason } from './explanation.js';

/** Draws the conclusion from the evidence. */
export function conclude(evidence: Case): Explanation {
  const reason = reasonOf(evidence);
  const { asked, name, func, symbols, functions, declarations, sameCode, difference, kfunc, similar } =
    evidence;
  return {
    ...{ asked, name, inBtf: reason === null, reason },
    verdict:
      reason === null ? encoded(evidence) : `${asked} is not in the BTF: ${because(reason, evidence)}.`,
    advice: adviceFor(reason, evidence),
    ...{
      func: reason === null ? func : null,
      symbols,
      functions,
      declarations,
      sameCode,
      difference,
      kfunc,
      similar,
    },
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
  if (functions.some(({ kind, address }) => kind !== 'abstract' || address !== null))
    return evidence.hasSymbolTable ? 'no symbol' : 'no symbol table';
  if (functions.length > 0) return 'only inlined';
  return symbols.length > 0 ? 'undefined' : 'only declared';
}

function encoded({ asked, func }: Case): string {
  const what = `FUNC '${func!.name}', prototype ${func!.prototype}`;
  if (func!.baseId === null) return `${asked} is in the BTF: ${what}.`;
  return `${asked} is in the BTF of the base already, and not repeated: ${what}, type id ${func!.baseId} there.`;
}

/** The function that the encoder would have taken. */
function canonical({ functions, canonical: index }: Case): FunctionFacts | undefined {
  return functions[index];
}

function because(reason: Reason, evidence: Case): string {
  const { name, symbols, functions, declarations, difference } = evidence;
  const chosen = canonical(evidence);
  switch (reason) {
    case 'ambiguous address': {
      const places = functionSymbols(evidence).map(symbol => `${symbol.name} at ${symbol.address}`);
      return `its symbols are at several addresses (${listed(places)}), so that the name does not say which is meant`;
    }
    case 'optimized parameters': {
      const lost = parameters(chosen, ({ rule }) => MISSING.has(rule));
      const by = chosen?.symbols.find(isOptimized);
      return `the compiler changed its parameters${by === undefined ? '' : ` (${by})`}, and ${lost} not passed as in the source`;
    }
    case 'reordered parameters':
      return `its parameters come in another order than in the source${at(withRule(functions, 'out of order'))}`;
    case 'uncertain location': {
      const function_ = withRule(functions, 'packed');
      const packed = parameters(function_, ({ rule }) => rule === 'packed');
      return `${packed} a packed struct on the stack, so that it is not certain where parameters behind it are`;
    }
    case 'inconsistent prototypes':
      return difference === null
        ? 'its functions have different prototypes'
        : `its functions have different prototypes: ${differing(evidence)}`;
    case 'unexpected register': {
      const function_ = withRule(functions, 'unexpected register');
      return `${function_?.findings
        .map(misplaced)
        .filter(text => text !== '')
        .join('; ')}${at(function_)}`;
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
    case 'no symbol':
      return `no symbol has that name, though DWARF has code for it${at(functions.find(({ kind }) => kind !== 'abstract'))}`;
    case 'no symbol table':
      return 'the file has no symbol table, and only what has a symbol counts';
    case 'only inlined': {
      const copies = functions.reduce((sum, { inlined }) => sum + inlined.count, 0);
      return `it has no code of its own, all of it was inlined (${counted(copies, 'copy', 'copies')})`;
    }
    case 'only declared':
      return `DWARF only declares it${at(declarations.first[0])}, and the file does not define it`;
    case 'no DWARF':
      return `it has a symbol, but no function in DWARF${aliasOf(evidence)}`;
    case 'excluded language':
      return `its unit is of a language that is left out${at(functions[0])}`;
    case 'unnamed parameters': {
      const function_ = withRule(functions, 'no name');
      const which = function_?.findings.flatMap(one => (one.rule === 'no name' ? [one.parameter] : [])) ?? [];
      return `parameter ${which.join(', ')} has no name${at(function_)}`;
    }
  }
}

const MISSING: ReadonlySet<Finding['rule']> = new Set(['no location', 'constant', 'no register']);

function functionSymbols({ symbols }: Case) {
  return symbols.filter(({ role }) => role === 'function');
}

function isOptimized(symbol: string): boolean {
  return OPTIMIZED.some(suffix => symbol.includes(suffix));
}

function withRule(functions: readonly FunctionFacts[], rule: Finding['rule']): FunctionFacts | undefined {
  return functions.find(({ findings }) => findings.some(finding => finding.rule === rule));
}

/** "parameter 1 (`a`) is", "parameters 1 (`a`), 2 (`b`) are". */
function parameters(function_: FunctionFacts | undefined, isMeant: (finding: Finding) => boolean): string {
  const texts = (function_?.findings ?? [])
    .filter(isMeant)
    .flatMap(finding => ('parameter' in finding ? [`${finding.parameter} (\`${finding.name}\`)`] : []));
  if (texts.length === 0) return 'a parameter is';
  return texts.length === 1 ? `parameter ${texts[0]} is` : `parameters ${texts.join(', ')} are`;
}

function misplaced(finding: Finding): string {
  if (finding.rule !== 'unexpected register') return '';
  const { parameter, name, found, expected } = finding;
  return `parameter ${parameter} (\`${name}\`) is in ${found ?? 'no register'}, expected in ${expected.join(' or ')}`;
}

function differing({ functions, difference }: Case): string {
  const [first, second] = [difference!.first, difference!.second].map(index => place(functions[index]));
  return difference!.what.map(contrast => differs(contrast, first!, second!)).join('; ');
}

function differs({ what, parameter, name, first, second }: Contrast, here: string, there: string): string {
  switch (what) {
    case 'parameters':
      return `${counted(Number(first), 'parameter')} in ${here}, ${second} in ${there}`;
    case 'variadic':
      return `${first} at the end in ${here}, ${second} in ${there}`;
    case 'result':
      return `the result is \`${first}\` in ${here}, \`${second}\` in ${there}`;
    case 'parameter':
      return `parameter ${parameter}${name ? ` (\`${name}\`)` : ''} is \`${first}\` in ${here}, \`${second}\` in ${there}`;
  }
}

function aliasOf({ sameCode }: Case): string {
  return sameCode.length === 0 ? '' : `, which calls the code there ${sameCode[0]!.name}`;
}

function place(function_: FunctionFacts | undefined): string {
  if (function_ === undefined) return 'another unit';
  return function_.file === null ? function_.unit : `${function_.file}:${function_.line ?? 0}`;
}

function at(function_: FunctionFacts | undefined): string {
  return function_ === undefined ? '' : `, ${place(function_)}`;
}

function listed(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 4).join(', ')} and ${texts.length - 4} more` : texts.join(', ');
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
