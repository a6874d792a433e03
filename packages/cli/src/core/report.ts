import { oneLine } from '@btfkit/core/bytes';
import type { Relocation } from '@btfkit/core/core-relo';

/**
 * A relocation that was not made, as people read it: where it is, what was asked for and why there is no answer; then
 * the source line, and what each candidate lacks where there are several.
 */
export function relocationText(relocation: Relocation): string {
  const { program, insn, source, kind, spec, outcome, reason, errnoName, candidates } = relocation;
  const place = source === undefined ? '' : `, ${source.file}:${source.line}`;
  const error = errnoName === '' ? '' : ` (${errnoName})`;
  const lines = [`${program.name} insn ${insn}${place}: ${kind} ${spec}: ${outcome}: ${reason}${error}`];
  if (source !== undefined && source.text !== '') lines.push(`    ${source.text}`);
  if (candidates.length > 1) {
    for (const one of candidates) {
      lines.push(`    in ${one.btf} ${one.spec}: ${one.mismatch ?? 'has it'}`);
    }
  }
  return lines.map(line => `${oneLine(line)}\n`).join('');
}

export function tally(relocations: readonly Relocation[]) {
  const count = (wanted: Relocation['outcome']) =>
    relocations.filter(({ outcome }) => outcome === wanted).length;
  return { patched: count('patched'), poisoned: count('poisoned'), refused: count('refused') };
}

/** Values as texts: they have 64 bits. */
export function jsonRow(relocation: Relocation) {
  const { program, relo, insn, source, kind, spec, outcome, reason, errnoName, patched } = relocation;
  return {
    program: program.name,
    section: relo.sectionName,
    record: relo.record,
    insn,
    sectionInsn: relo.insnOff / 8,
    source: source ?? null,
    kind,
    spec,
    outcome,
    reason,
    errnoName,
    field: patched?.field ?? null,
    size: patched?.size ?? null,
    before: relocation.before === null ? null : String(relocation.before),
    after: relocation.after === null ? null : String(relocation.after),
    candidates: relocation.candidates,
  };
}
