/**
 * CO-RE: BPF programs compiled against some types, made to fit those of another kernel; and the smallest BTF that they
 * need for that. Decides as libbpf does (relo_core.c, and bpf_object__relocate_core of libbpf.c).
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Btf } from '@btfkit/core/btf';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { applyCore, BpfObject, CoreTarget, MinimalBtf } from '@btfkit/core/core-relo';
 * import { loadBtf } from '@btfkit/core/input';
 *
 * const open = path => memorySource(readFileSync(path), path);
 * const object = BpfObject.open(open('fixtures/core/program-el.o'));
 * // Types of the target are checked when they are needed, so a kernel's BTF need not be checked whole.
 * const { btf } = await loadBtf(open('fixtures/core/kernel-el.o'), { references: false });
 * const target = new CoreTarget(btf);
 *
 * const { relocations } = applyCore(object, target);
 * const [first] = relocations;
 * first.kind; // => 'byte_off'
 * first.spec; // => '[6] struct task.pid (0:0 @ offset 0)'
 * [first.outcome, first.before, first.after]; // => ['patched', 0n, 8n]
 *
 * // What the target lacks is poisoned: the program loads if it never gets there.
 * const poisoned = relocations.filter(one => one.outcome === 'poisoned');
 * poisoned.map(one => one.reason); // => ['none of 2 candidates has it', 'no enumerator DEAD']
 * poisoned[0].program.name; // => 'guarded'
 * poisoned[0].source.line; // => 172
 *
 * // Against this the object relocates as against the whole.
 * const minimal = new MinimalBtf(target);
 * minimal.add(object); // => []
 * const small = new CoreTarget(Btf.parse(minimal.build()));
 * applyCore(object, small).relocations.length; // => 62
 * ```
 */
export {
  type Applied,
  type ApplyOptions,
  applyCore,
  type CandidateReport,
  Relocation,
  type SourceLine,
} from './apply.js';
export { MinimalBtf, type Unrecorded } from './minimal.js';
export { BpfObject, type BpfProgram, type ObjectRelo } from './object.js';
export type { Patched } from './patch.js';
export { CoreRefusal } from './refusal.js';
export { CoreTarget, type TargetOptions } from './target.js';
export { describeType } from './types.js';
