import type {
  Contrast,
  Difference,
  Explanation,
  Finding,
  FunctionFacts,
  InlinedInto,
  KfuncFacts,
  SymbolFacts,
} from '@btfkit/core/encode';
import { asText } from '../output.js';

/** Functions that are shown of one name; the JSON document has all. */
const MAX_FUNCTIONS = 6;
const MAX_SYMBOLS = 12;

/** An explanation as people read it: the verdict, what it rests on, and what can be done. */
export function explanationText(explanation: Explanation): string {
  const { verdict, symbols, functions, declarations, sameCode, difference, func, kfunc, advice } =
    explanation;
  const lines = [
    verdict,
    ...section('symbols', symbolLines(symbols)),
    ...section('functions in DWARF', functionLines(functions, shown(explanation), func?.from ?? -1)),
    ...section('declarations in DWARF', declarationLines(declarations)),
    ...section('functions of other names at its address', sameCode.flatMap(functionText)),
    ...section('the prototypes differ', difference === null ? [] : differenceLines(difference, functions)),
    ...section('tags', func?.tags.map(tagText) ?? []),
    ...section('kfunc', kfunc === null ? [] : kfuncLines(kfunc)),
    ...section('what to do', advice),
  ];
  return asText(lines);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map(line => `    ${line}`)];
}

function symbolLines(symbols: readonly SymbolFacts[]): string[] {
  const width = Math.max(0, ...symbols.slice(0, MAX_SYMBOLS).map(({ name }) => name.length));
  const lines = symbols.slice(0, MAX_SYMBOLS).map(symbol => {
    const { name, address, binding, type, section: where, sameAddress } = symbol;
    const aliases = sameAddress.length === 0 ? '' : `; at the same address: ${sameAddress.join(', ')}`;
    if (where === null) return `${name.padEnd(width)}  undefined ${type}: another file defines it`;
    return `${name.padEnd(width)}  ${address}  ${binding} ${type} in ${where}${ROLES[symbol.role]}${aliases}`;
  });
  if (symbols.length > MAX_SYMBOLS) lines.push(`and ${symbols.length - MAX_SYMBOLS} more`);
  return lines;
}

const ROLES = {
  function: '',
  piece: ', a piece of the function, which does not count',
  'other type': ', which does not count as a function',
  undefined: '',
};

/** Functions that tell most: those that the conclusion rests on, then those with code, then the others in their order. */
function shown({ functions, difference, func }: Explanation): Set<number> {
  const weight = (function_: FunctionFacts, i: number) => {
    if (i === difference?.first || i === difference?.second || i === func?.from) return 0;
    if (function_.findings.length > 0) return 1;
    return function_.address === null ? 3 : 2;
  };
  const order = functions.map((function_, i) => ({ i, weight: weight(function_, i) }));
  order.sort((a, b) => a.weight - b.weight || a.i - b.i);
  return new Set(order.slice(0, MAX_FUNCTIONS).map(({ i }) => i));
}

function functionLines(
  functions: readonly FunctionFacts[],
  chosen: ReadonlySet<number>,
  from: number,
): string[] {
  const lines = functions.flatMap((function_, i) => {
    if (!chosen.has(i)) return [];
    return [
      ...functionText(function_),
      ...(i === from && functions.length > 1 ? ['  the FUNC is made of this one'] : []),
    ];
  });
  const more = functions.length - chosen.size;
  if (more > 0) lines.push(`and ${count(more, 'other')}, which --json shows`);
  return lines;
}

function functionText(function_: FunctionFacts): string[] {
  const { unit, section: where, offset, prototype, findings, excluded, inlined } = function_;
  const die = `DIE 0x${offset.toString(16)}${where === '.debug_info' ? '' : ` of ${where}`}`;
  const lines = [`${unit}, ${die}${declared(function_)}`, `  ${prototype}`, `  ${kindText(function_)}`];
  if (inlined.count > 0) lines.push(`  ${inlinedText(inlined.count, inlined.into, unit)}`);
  if (excluded) lines.push('  its unit is left out for its language');
  return [...lines, ...findingLines(findings).map(line => `  ${line}`)];
}

function declared({ file, line }: FunctionFacts): string {
  return file === null ? '' : `, declared at ${file}${line === null ? '' : `:${line}`}`;
}

function kindText({ kind, address, symbols }: FunctionFacts): string {
  const names = symbols.length === 0 ? '' : `, symbol ${symbols.join(', ')}`;
  const place = address === null ? 'no address (DW_AT_low_pc)' : `at ${address}${names}`;
  switch (kind) {
    case 'declaration':
      return 'a declaration';
    case 'abstract':
      return address === null ? 'abstract: stands for its copies' : `abstract, ${place}`;
    case 'copy':
      return `copy out of line, ${place}`;
    case 'function':
      return place;
  }
}

function inlinedText(copies: number, into: readonly InlinedInto[], ownUnit: string): string {
  const places = into.map(({ function: name, unit, count: times }) => {
    const details = [...(unit === ownUnit ? [] : [unit]), ...(times > 1 ? [`${times} times`] : [])];
    return details.length === 0 ? name : `${name} (${details.join(', ')})`;
  });
  const named = into.reduce((sum, { count: times }) => sum + times, 0);
  const more = copies > named ? `, and ${copies - named} more` : '';
  return `${count(copies, 'inlined copy', 'inlined copies')}: in ${places.join(', ')}${more}`;
}

/** A line for the function, and one for each parameter. */
function findingLines(findings: readonly Finding[]): string[] {
  const lines: string[] = [];
  const parameters = new Map<string, string[]>();
  for (const finding of findings) {
    if ('parameter' in finding) {
      const { parameter, name } = finding;
      const which = `parameter ${parameter}${name === '' ? '' : ` (\`${name}\`)`}`;
      parameters.set(which, [...(parameters.get(which) ?? []), parameterText(finding)]);
    } else if (finding.rule === 'changed signature') lines.push('clang changed its signature (DW_CC_nocall)');
    else lines.push('it returns a struct in memory, whose address is in the first register');
  }
  return [...lines, ...[...parameters].map(([which, texts]) => `${which}: ${texts.join('; ')}`)];
}

function parameterText(finding: Extract<Finding, { readonly parameter: number }>): string {
  switch (finding.rule) {
    case 'unexpected register':
      return `in ${finding.found ?? 'no register'}, expected in ${finding.expected.join(' or ')}`;
    case 'no name':
      return 'without a name';
    case 'no location':
      return 'optimized out, it has no location';
    case 'constant':
      return 'optimized out, its value is known';
    case 'no register':
      return 'in no register where the function begins';
    case 'out of order':
      return 'not in its place';
    case 'packed':
      return 'a packed struct by value, on the stack';
  }
}

function declarationLines({ count: all, first }: Explanation['declarations']): string[] {
  const lines = first.flatMap(function_ => {
    const [where, prototype] = functionText(function_);
    return [where!, prototype!];
  });
  if (all > first.length) lines.push(`and ${count(all - first.length, 'other')}`);
  return lines;
}

function differenceLines({ first, second, what }: Difference, functions: readonly FunctionFacts[]): string[] {
  const [here, there] = [first, second].map(i => functions[i]!);
  const name = (function_: FunctionFacts) => `${function_.unit}, DIE 0x${function_.offset.toString(16)}`;
  return [
    `${name(here!)} against ${name(there!)}`,
    ...what.map(
      contrast => `${contrastText(contrast)}: \`${contrast.first}\` here, \`${contrast.second}\` there`,
    ),
  ];
}

function contrastText({ what, parameter, name }: Contrast): string {
  switch (what) {
    case 'parameters':
      return 'number of parameters';
    case 'variadic':
      return 'end of the parameters';
    case 'result':
      return 'result';
    case 'parameter':
      return `parameter ${parameter}${name ? ` (\`${name}\`)` : ''}`;
  }
}

function tagText({ name, component }: { readonly name: string; readonly component: number }): string {
  return component < 0 ? name : `${name}, of parameter ${component + 1}`;
}

function kfuncLines({ sets }: KfuncFacts): string[] {
  return sets.map(({ name, flagNames, isMarked }) => {
    const flags = flagNames.length === 0 ? 'no flags' : flagNames.join(' | ');
    return `set8 ${name}: ${flags}${isMarked ? '' : '; the set is not marked as one of kfuncs'}`;
  });
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
