import { isEnumvalBased, isFieldBased } from '../core-relo/kinds.js';
import { type BpfObject, type ObjectRelo, stringAt } from '../core-relo/object.js';
import { CoreRefusal } from '../core-relo/refusal.js';
import { accessText, kindText, parseSpec } from '../core-relo/spec.js';
import { type CoreTypes, describeType, enumeratorOf } from '../core-relo/types.js';
import type { AttachTarget } from '../kernel/attach.js';
import { declarationOf } from './ksyms.js';
import type { Needs, ObjectNeeds } from './needs.js';
import { structOpsType } from './struct-ops.js';

export type RequirementKind = 'relocation' | 'extern' | 'attachment' | 'struct_ops';

/** A place in an object that asks something of a kernel. */
export interface Use {
  /** Index of the object. */
  readonly object: number;
  /** Index of the function; null for what the object as a whole needs. */
  readonly function: number | null;
  /** In the function; null where no instruction stands for it. */
  readonly insn: number | null;
  /** `a.c:17`, and the line; '' where it is not known. */
  readonly source: string;
  readonly text: string;
}

/** One of the numbered requirements of some objects, in words. */
export interface Requirement {
  readonly what: RequirementKind;
  /** What is asked for, without ids: `struct task_struct.state`, `fentry/vfs_read`. The same in all objects. */
  readonly subject: string;
  /** `byte_off`, `func`, `fentry`, … */
  readonly kind: string;
  readonly use: Use;
  /** Of a struct_ops map that is made only when asked for. */
  readonly isOptional: boolean;
  /** Of a relocation: the type that it begins at, `struct task_struct`. */
  readonly root: string;
  /** Index in the object's list of such. */
  readonly index: number;
}

/** Describes the requirement with that number. */
export function describeRequirement(needs: Needs, number: number): Requirement {
  const object = objectOf(needs, number);
  const of = needs.objects[object];
  let index = number - of.first;
  if (index < of.relocations.length) return relocationText(of, object, index);
  index -= of.relocations.length;
  const use = { object, function: null, insn: null, source: '', text: '' };
  if (index < of.externs.length) {
    const extern = of.externs[index];
    return {
      what: 'extern',
      kind: extern.what,
      subject: `extern ${declarationOf(extern, of.local)}`,
      root: '',
      isOptional: false,
      use,
      index,
    };
  }
  index -= of.externs.length;
  if (index < of.attachments.length) {
    const { function: place, target } = of.attachments[index];
    const { program } = of.functions[place];
    const section = program.sectionName.replace(/^\?/, '');
    return {
      what: 'attachment',
      kind: target.program,
      subject: section,
      root: '',
      isOptional: false,
      use: { ...use, function: place },
      index,
    };
  }
  index -= of.attachments.length;
  const map = of.structOps[index];
  return {
    what: 'struct_ops',
    kind: 'struct_ops',
    subject: `${structOpsType(of.object, map)} ${map.name}`,
    root: '',
    isOptional: map.isOptional,
    use,
    index,
  };
}

/** The object that a requirement is of, and its place in that object's list of such. */
export function requirementAt(
  needs: Needs,
  number: number,
): { readonly object: number; readonly index: number } {
  const { use, index } = describeRequirement(needs, number);
  return { object: use.object, index };
}

/** What a requirement attaches to; null where it is no attachment. */
export function attachmentOf(needs: Needs, number: number): AttachTarget | null {
  const { what, use, index } = describeRequirement(needs, number);
  return what === 'attachment' ? needs.objects[use.object].attachments[index].target : null;
}

/** The object that a requirement is of. */
export function objectOf({ objects }: Needs, number: number): number {
  let low = 0;
  let high = objects.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (objects[middle].first <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

function relocationText({ object, local, relocations }: ObjectNeeds, at: number, index: number): Requirement {
  const { relo, function: place, insn } = relocations[index];
  const kind = kindText(relo.kind);
  const subject = relocationSubject(object, local!, relo);
  const root = relo.typeId < object.btf!.endId ? describeType(object.btf!, relo.typeId) : subject;
  return {
    what: 'relocation',
    kind,
    subject,
    root,
    isOptional: false,
    use: { object: at, function: place, insn, ...sourceOf(object, relo) },
    index,
  };
}

/** `struct sock.sk_flags`, `enum state::DEAD` */
export function relocationSubject({ btf }: BpfObject, local: CoreTypes, relo: ObjectRelo): string {
  try {
    if (relo.typeId >= btf!.endId) return `type [${relo.typeId}], which is not there`;
    const spec = parseSpec(local, relo);
    const root = describeType(btf!, relo.typeId);
    if (isFieldBased(relo.kind)) return root + accessText(spec);
    if (!isEnumvalBased(relo.kind)) return root;
    const [{ type, index }] = spec.accessors;
    return `${root}::${btf!.string(enumeratorOf(local, type, index).nameOff)}`;
  } catch (error) {
    if (!(error instanceof CoreRefusal)) throw error;
    return `${describeType(btf!, relo.typeId)} + ${stringAt(btf!, relo.accessStrOff)}`;
  }
}

function sourceOf(object: BpfObject, { sectionName, insnOff }: ObjectRelo): Pick<Use, 'source' | 'text'> {
  const line = object.lineAt(sectionName, insnOff);
  if (line === undefined) return { source: '', text: '' };
  const file = stringAt(object.btf!, line.fileNameOff);
  return { source: `${file}:${line.line}`, text: stringAt(object.btf!, line.lineOff).trim() };
}
