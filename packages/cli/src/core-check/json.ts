import type { Finding, Use } from '@btfkit/core/core-check';
import type { Matrix } from './matrix.js';

/** The report as `--json` has it; docs/core.md describes it. Indices count from 0. */
export function jsonOf({ needs, files, objects, kernels, report, edits, explanations }: Matrix) {
  const cells = report.objects.flatMap(({ states }) => states);
  const count = (state: string) => cells.filter(one => one === state).length;
  return {
    works: count('works'),
    unknown: count('unknown'),
    fails: count('fails'),
    unread: count('unread'),
    kernels: kernels.map(({ name, input, error, modules, notes }) => ({
      kernel: name,
      input,
      error,
      modules,
      notes,
    })),
    objects: report.objects.map(({ programs, own, states }, index) => ({
      object: objects[index],
      input: files[index].path,
      states,
      own,
      programs: programs.map(({ name, section, isOptional, relocations, states: each }) => ({
        program: name,
        section,
        optional: isOptional,
        relocations,
        states: each,
      })),
      externs: needs.objects[index].externs.map(({ name, what, isWeak }) => ({
        extern: name,
        what,
        weak: isWeak,
      })),
    })),
    findings: report.findings.map((finding, index) => ({
      ...findingJson(finding),
      explanation: explanations[index],
      uses: finding.uses.map(use => useJson(needs, use)),
      edits: edits[index] ?? [],
    })),
  };
}

function findingJson({ what, subject, kinds, isFailure, isOptional, answer, kernels }: Finding) {
  const { verdict, reason, message, candidates, module, prototype, alternatives } = answer;
  return {
    what,
    subject,
    kinds,
    verdict,
    fails: isFailure,
    optional: isOptional,
    reason,
    message,
    candidates,
    module,
    prototype,
    alternatives,
    kernels,
  };
}

function useJson({ objects }: Matrix['needs'], { object, function: place, insn, source, text }: Use) {
  const program = place === null ? null : objects[object].functions[place].program.name;
  return { object, program, insn, source: source === '' ? null : source, text: text === '' ? null : text };
}
