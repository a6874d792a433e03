import { callingConvention } from '../functions/calling-convention.js';
import { Fn, Parameter } from '../functions/unit-functions.js';
import type { Finding, ParameterFinding } from './explanation.js';
import type { DescribedFunction } from './function-describer.js';
import type { JudgedFunction, JudgedParameter } from './observed-part.js';
import { registerName } from './register-names.js';

/**
 * What the rules found in a function, in words. `inOrder`: the names of the parameters of its abstract instance, if it
 * has one.
 */
export function findingsOf(
  { flags, parameters, returnsStruct }: JudgedFunction,
  { kind }: DescribedFunction,
  machine: number,
  inOrder: readonly string[] | undefined,
): Finding[] {
  const findings: Finding[] = (flags & Fn.nocall) !== 0 ? [{ rule: 'changed signature' }] : [];
  const { count: inRegisters, registers } = callingConvention(machine);
  if (returnsStruct && parameters[0]?.unexpected?.found === registers[1])
    findings.push({ rule: 'struct result' });
  for (const [i, parameter] of parameters.entries()) {
    const which: ParameterFinding = { parameter: i + 1, name: parameter.name };
    if (parameter.name === '') findings.push({ rule: 'no name', ...which });
    // Where parameters are is only known of code.
    const missing = kind === 'abstract' ? undefined : missingRule(parameter);
    if (missing !== undefined) findings.push({ rule: missing, ...which });
    if ((flags & Fn.reordered) !== 0 && inOrder !== undefined && inOrder[i] !== parameter.name)
      findings.push({ rule: 'out of order', ...which });
    if ((flags & Fn.uncertain) !== 0 && i >= inRegisters && parameter.isStruct)
      findings.push({ rule: 'packed', ...which });
    const { unexpected } = parameter;
    if ((flags & Fn.unexpectedRegister) !== 0 && unexpected !== undefined) {
      findings.push({
        rule: 'unexpected register',
        ...which,
        found: unexpected.found < 0 ? null : registerName(machine, unexpected.found),
        expected: unexpected.expected.map(register => registerName(machine, register)),
      });
    }
  }
  return findings;
}

function missingRule({ flags }: JudgedParameter): 'no location' | 'constant' | 'no register' | undefined {
  if ((flags & Parameter.located) === 0)
    return (flags & Parameter.constant) !== 0 ? 'constant' : 'no location';
  if ((flags & Parameter.optimized) === 0) return undefined;
  return (flags & (Parameter.constantLocation | Parameter.constant)) !== 0 ? 'constant' : 'no register';
}
