import { Kind } from '../btf/index.js';
import { isEnumvalBased, isFieldBased } from '../core-relo/kinds.js';
import { rootOf } from '../core-relo/names.js';
import { parseSpec, type Spec } from '../core-relo/spec.js';
import { type CoreTypes, describeType, enumeratorOf, isEnum } from '../core-relo/types.js';
import { cText } from './c-text.js';
import { nameText } from './externs.js';
import { fieldEdits, isBitfieldRead } from './field-edits.js';
import { declarationOf, whyIncompatible } from './ksyms.js';
import { nameLikeness } from './nearest.js';
import type { Needs, ObjectNeeds } from './needs.js';
import type { Finding } from './report.js';
import { requirementAt } from './requirement.js';
import type { CheckTarget } from './target.js';

/** Something to change in a program. */
export interface Edit {
  /**
   * `guard`: ask before use; `flavour`: what the kernel has instead, by another type; `weak`: make it optional; `attach`:
   * something else to attach to; `read`: read it in another way.
   */
  readonly what: 'guard' | 'flavour' | 'weak' | 'attach' | 'read';
  /** One sentence. */
  readonly text: string;
  /** To be pasted; '' where there is none. */
  readonly code: string;
}

/** What edits are made of. */
export interface EditContext {
  readonly needs: Needs;
  /** A kernel that has the finding. */
  readonly there: CheckTarget;
  /** One where what is asked for is found; null where none is known. */
  readonly elsewhere: CheckTarget | null;
  /** Of the flavour: `old`, `new`, or `other`, as the first kernel is to the second. */
  readonly suffix: string;
}

/** What could be changed where something fails. Throws FormatError. */
export function editsFor(finding: Finding, context: EditContext): Edit[] {
  const { needs } = context;
  const { object, index } = requirementAt(needs, finding.requirement);
  const of = needs.objects[object];
  switch (finding.what) {
    case 'relocation':
      return relocationEdits(finding, of, index, context);
    case 'extern':
      return externEdits(finding, of, index, context);
    case 'attachment':
      return attachmentEdits(finding, of, index);
    case 'struct_ops': {
      const text =
        'declare the map in a section whose name begins with ?, and make it only where the kernel has the member';
      return [{ what: 'guard', text, code: '' }];
    }
  }
}

function relocationEdits(finding: Finding, of: ObjectNeeds, index: number, context: EditContext): Edit[] {
  const { relo } = of.relocations[index];
  const local = of.local!;
  if (finding.answer.verdict === 'refused') return [];
  const spec = parseSpec(local, relo);
  if (isEnumvalBased(relo.kind)) return enumeratorEdits(local, spec, context);
  const type = describeType(local.btf, relo.typeId);
  if (finding.answer.candidates.length === 0) {
    const code = `if (bpf_core_type_exists(${type}))\n\t/* … */;`;
    return [{ what: 'guard', text: `ask first whether the kernel has ${type}`, code }];
  }
  if (!isFieldBased(relo.kind)) return [];
  if (isBitfieldRead(finding.answer.reason)) {
    const path = finding.subject.slice(type.length + 1);
    const code = `value = BPF_CORE_READ_BITFIELD_PROBED(p, ${path}); /* ${type} *p */`;
    return [{ what: 'read', text: 'read the field by its size and bits on each kernel', code }];
  }
  return fieldEdits(local, spec, type, context);
}

/** The enumerator of a like name that the kernel's enum has. */
function enumeratorEdits(local: CoreTypes, spec: Spec, { there, suffix }: EditContext): Edit[] {
  const [{ type, index }] = spec.accessors;
  const nameOf = (types: CoreTypes, id: number, at: number) =>
    types.btf.string(enumeratorOf(types, id, at).nameOff);
  const name = nameOf(local, type, index);
  const root = describeType(local.btf, spec.root).replace(/^enum64/, 'enum');
  const exists = `bpf_core_enum_value_exists(${root}, ${name})`;
  const guard: Edit = {
    what: 'guard',
    text: `ask first whether the kernel has ${name}`,
    code: `if (${exists})\n\tvalue = bpf_core_enum_value(${root}, ${name});`,
  };
  const [candidate] = there.core.candidates(local.nameBytes(spec.root), local.kind(spec.root));
  if (candidate === undefined) return [guard];
  const { types } = candidate;
  const id = types.skip(candidate.id);
  if (!isEnum(types.kind(id))) return [guard];
  const before = new Set(Array.from({ length: local.btf.vlen(type) }, (_, at) => nameOf(local, type, at)));
  const names = Array.from({ length: types.btf.vlen(id) }, (_, at) => nameOf(types, id, at));
  const [best] = names
    .map((other, at) => ({ other, at, points: before.has(other) ? 0 : nameLikeness(name, other) }))
    .filter(({ points }) => points >= 2)
    .sort((a, b) => b.points - a.points || a.at - b.at);
  if (best === undefined) return [guard];
  const enumName = nameText(rootOf(local.nameBytes(spec.root)));
  const flavour = `enum ${enumName}___${suffix}`;
  const value = `${best.other}___${suffix}`;
  return [
    {
      what: 'flavour',
      text: `the kernel has ${best.other}, which is alike`,
      code: `${flavour} {\n\t${value} = ${enumeratorOf(types, id, best.at).value},\n};\n\nif (${exists})\n\tvalue = bpf_core_enum_value(${root}, ${name});\nelse\n\tvalue = bpf_core_enum_value(${flavour}, ${value});`,
    },
    guard,
  ];
}

function externEdits(
  finding: Finding,
  of: ObjectNeeds,
  index: number,
  { there, suffix }: EditContext,
): Edit[] {
  const extern = of.externs[index];
  const { name, what, isWeak } = extern;
  const local = of.local;
  if (local === null || extern.problem !== null) return [];
  const declaration = declarationOf(extern, local);
  if (what === 'kconfig') {
    if (finding.answer.verdict !== 'missing') return [];
    const code = `extern ${declaration} __kconfig __weak;`;
    return [{ what: 'weak', text: `declare ${name} weak: it is 0 where it is not set`, code }];
  }
  const ask = `if (bpf_ksym_exists(${name}))\n\t/* … */;`;
  const weak: Edit = isWeak
    ? { what: 'guard', text: `ask before use whether the kernel has ${name}`, code: ask }
    : {
        what: 'weak',
        text: `declare ${name} weak, and ask before use: ${what === 'func' ? 'a call' : 'a use'} of what is not there must not be reached`,
        code: `extern ${declaration} __ksym __weak;\n\n${ask}`,
      };
  if (what !== 'func' || finding.answer.verdict !== 'incompatible') return [weak];
  const found = there.find(extern.kernelName, Kind.FUNC);
  if (found === null) return [weak];
  // It has this prototype, and is no kfunc.
  const theirProto = found.types.third(found.id);
  if (whyIncompatible(local, extern.type, found.types, theirProto) === null) return [];
  const flavour = `${nameText(extern.kernelName)}___${suffix}`;
  const theirs = cText(found.types, theirProto, flavour);
  return [
    {
      what: 'flavour',
      text: `declare both prototypes weak: libbpf takes the one that fits for there, the other one for missing`,
      code: `extern ${declaration} __ksym __weak;\nextern ${theirs} __ksym __weak;\n\nif (bpf_ksym_exists(${flavour}))\n\t/* … */;\nelse if (bpf_ksym_exists(${name}))\n\t/* … */;`,
    },
  ];
}

function attachmentEdits({ answer, subject }: Finding, of: ObjectNeeds, index: number): Edit[] {
  const { function: place } = of.attachments[index];
  const { program } = of.functions[place];
  const edits: Edit[] = answer.alternatives.map(section => ({
    what: 'attach' as const,
    text: `${section} is there${/^k(ret)?probe/.test(section) ? '; its arguments are in registers' : ''}`,
    code: `SEC("${section}")`,
  }));
  if (answer.verdict !== 'incompatible') {
    edits.push({
      what: 'guard',
      text: 'load the program only where it can be attached',
      code: `SEC("?${subject}") /* and bpf_program__set_autoload(skel->progs.${program.name}, true) where it is there */`,
    });
  }
  return edits;
}
