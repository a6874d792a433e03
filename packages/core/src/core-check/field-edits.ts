import { Kind, type TypeId } from '../btf/index.js';
import { rootOf } from '../core-relo/names.js';
import { accessText, type Spec } from '../core-relo/spec.js';
import { type CoreTypes, isComposite } from '../core-relo/types.js';
import { cText } from './c-text.js';
import type { Edit, EditContext } from './edits.js';
import { nameText } from './externs.js';
import { flavourStruct, type Step } from './flavour.js';
import { type Field, fieldsOf, type Lost, nearestField } from './nearest.js';
import type { CheckTarget } from './target.js';

/** Where an access ends that a kernel does not have. */
interface Loss {
  /** The struct or union that lacks the member. */
  readonly composite: TypeId;
  /** The accessor of the spec that is not there. */
  readonly accessor: number;
  /** Members that were passed on the way. */
  readonly steps: readonly Step[];
}

/** What to do about a field that a kernel lacks: take what it has become, or ask first. */
export function fieldEdits(local: CoreTypes, spec: Spec, type: string, context: EditContext): Edit[] {
  const path = accessText(spec).replace(/^\./, '');
  const read = `value = BPF_CORE_READ(p, ${path}); /* ${type} *p */`;
  const exists = `bpf_core_field_exists(p->${path})`;
  const guard: Edit = {
    what: 'guard',
    text: 'ask first whether the kernel has the field',
    code: `if (${exists})\n\t${read}`,
  };
  const flavour = flavourEdit(local, spec, `if (${exists})\n\t${read}\nelse\n\t`, context);
  return flavour === null ? [guard] : [flavour, guard];
}

function flavourEdit(
  local: CoreTypes,
  spec: Spec,
  before: string,
  { there, elsewhere, suffix }: EditContext,
): Edit | null {
  const name = local.nameBytes(spec.root);
  const [candidate] = there.core.candidates(name, local.kind(spec.root));
  if (candidate === undefined) return null;
  const { types } = candidate;
  const loss = findLoss(spec, types, candidate.id);
  if (loss === null) return null;
  const lost = lostField(local, spec, loss.accessor, elsewhere);
  const near = lost === null ? null : nearestField(lost, types, loss.composite);
  if (near === null) return null;
  const rest = followRest(spec, loss.accessor + 1, types, near.field);
  if (rest === null) return null;
  const nearSteps = near.field.path.map((one, index) => ({
    name: one,
    dimensions: '',
    isPointer: near.field.throughPointer && index < near.field.path.length - 1,
  }));
  const steps = [...loss.steps, ...nearSteps, ...rest.steps];
  const root = nameText(rootOf(name));
  const isUnion = local.kind(local.skip(spec.root)) === Kind.UNION;
  const word = isUnion ? 'union' : 'struct';
  const flavour = `${root}___${suffix}`;
  const leaf = { types, type: rest.type, bitfieldSize: rest.bitfieldSize };
  const declaration = flavourStruct(flavour, isUnion, steps, leaf);
  const macro = rest.bitfieldSize > 0 ? 'BPF_CORE_READ_BITFIELD_PROBED' : 'BPF_CORE_READ';
  const access = accessOf(steps, rest.index);
  const shown = `${word} ${root}.${accessOf([...loss.steps, ...nearSteps], '')}`;
  const was = cText(lost!.types, lost!.field.type);
  const now = cText(types, near.field.type);
  const change = was === now ? '' : `, ${now} where the program has ${was}`;
  return {
    what: 'flavour',
    text: `${near.how === 'moved' ? 'it moved to' : 'it is called'} ${shown} there${change}`,
    code: `${declaration}\n\n${before}value = ${macro}((${word} ${flavour} *)p, ${access});`,
  };
}

/** `a.b, c`: BPF_CORE_READ follows a pointer at each comma. */
function accessOf(steps: readonly Step[], index: string): string {
  const text = steps
    .map(({ name, isPointer }, at) => name + (at === steps.length - 1 ? '' : isPointer ? ', ' : '.'))
    .join('');
  return text + index;
}

/** Follows a spec as far as a candidate has it; null where all of it is there, or an array is not what it was. */
function findLoss(spec: Spec, types: CoreTypes, root: TypeId): Loss | null {
  let id: TypeId = types.skip(root);
  const steps: Step[] = [];
  for (const [index, { nameOff }] of spec.accessors.entries()) {
    if (nameOff === 0) {
      if (index === 0) continue;
      if (types.kind(id) !== Kind.ARRAY || steps.length === 0) return null;
      const [element, , length] = types.tail(id);
      steps.push({ ...steps.pop()!, dimensions: `[${length}]` });
      id = types.skip(element);
      continue;
    }
    if (!isComposite(types.kind(id))) return null;
    const name = spec.types.btf.string(nameOff);
    const field = fieldsOf(types, id).find(({ path }) => path[0] === name);
    if (field === undefined) return { composite: id, accessor: index, steps };
    steps.push({ name, dimensions: '', isPointer: false });
    id = types.skip(field.type);
  }
  return null;
}

/** The field as a kernel has it where it is there, or else as the program declares it. */
function lostField(
  local: CoreTypes,
  spec: Spec,
  accessor: number,
  elsewhere: CheckTarget | null,
): Lost | null {
  const name = local.btf.string(spec.accessors[accessor].nameOff);
  const candidates = elsewhere?.core.candidates(local.nameBytes(spec.root), local.kind(spec.root)) ?? [];
  for (const [types, root] of [
    ...candidates.map(one => [one.types, one.id] as const),
    [local, spec.root] as const,
  ]) {
    const composite = compositeAt(spec, accessor, types, root);
    const around = composite === 0 ? [] : fieldsOf(types, composite);
    const field = around.find(({ path }) => path[0] === name);
    if (field !== undefined) return { types, field, around };
  }
  return null;
}

/** The struct that the first accessors of a spec lead to; 0 where they do not. */
function compositeAt(spec: Spec, accessor: number, types: CoreTypes, root: TypeId): TypeId {
  let id: TypeId = types.skip(root);
  for (const [index, { nameOff }] of spec.accessors.slice(0, accessor).entries()) {
    if (nameOff === 0) {
      if (index === 0) continue;
      if (types.kind(id) !== Kind.ARRAY) return 0;
      id = types.skip(types.tail(id)[0]);
      continue;
    }
    if (!isComposite(types.kind(id))) return 0;
    const name = spec.types.btf.string(nameOff);
    const field = fieldsOf(types, id).find(({ path }) => path[0] === name);
    if (field === undefined) return 0;
    id = types.skip(field.type);
  }
  return isComposite(types.kind(id)) ? id : 0;
}

/** What follows the lost member in the access has to be in the new one too. */
function followRest(spec: Spec, from: number, types: CoreTypes, near: Field) {
  let field: Pick<Field, 'type' | 'bitfieldSize'> = near;
  const steps: Step[] = [];
  let index = '';
  for (const accessor of spec.accessors.slice(from)) {
    const id = types.skip(field.type);
    if (accessor.nameOff === 0) {
      // An index at the end is a part of the access alone.
      if (types.kind(id) !== Kind.ARRAY || steps.length > 0) return null;
      index += `[${accessor.index}]`;
      continue;
    }
    if (!isComposite(types.kind(id)) || index !== '') return null;
    const name = spec.types.btf.string(accessor.nameOff);
    const next = fieldsOf(types, id).find(({ path }) => path[0] === name);
    if (next === undefined) return null;
    steps.push({ name, dimensions: '', isPointer: false });
    field = next;
  }
  return { steps, index, type: field.type, bitfieldSize: field.bitfieldSize };
}

/** Whether it is the size that differs: a bitfield, or a signed integer. */
export function isBitfieldRead(reason: string): boolean {
  return /^the field has \d+ bytes in the program/.test(reason);
}
