/**
 * What changed between two BTFs, by meaning, and what each change does to BPF programs and to kernel modules.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { diff } from '@btfkit/core/diff';
 *
 * const build = (...names) => {
 *   const builder = new BtfBuilder();
 *   const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
 *   const members = names.map((name, i) => ({ name, type: int, bitOffset: 32 * i, bitfieldSize: 0 }));
 *   builder.add({ kind: 'STRUCT', name: 'point', size: 4 * names.length, kflag: false, members });
 *   return builder.parse();
 * };
 *
 * const [point] = diff(build('x', 'y'), build('id', 'x', 'y'));
 * point.name; // => 'point'
 * const told = point.changes.map(({ what, name, from, to, module }) => [what, name, from, to, module].join());
 * told; // => ['resized,,8,12,layout', 'appeared,id,,int,none', 'moved,x,0,32,layout', 'moved,y,32,64,layout']
 * ```
 */
export {
  breaksModules,
  breaksPrograms,
  type Change,
  type Difference,
  ENTITY_KINDS,
  type EntityKind,
  MODULE_EFFECTS,
  type ModuleEffect,
  PROGRAM_EFFECTS,
  type ProgramEffect,
  type Subject,
  WHATS,
  type What,
} from './change.js';
export { type DiffOptions, diff, differences } from './diff.js';
export { DiffCounter, type DiffSummary, type SummaryRow, summarizeDiff } from './summary.js';
