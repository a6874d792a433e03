import { Kind, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { rootOf } from '../core-relo/names.js';
import type { BpfObject } from '../core-relo/object.js';
import { type CoreTypes, describeType, memberOf } from '../core-relo/types.js';
import { missingArgument } from './arguments.js';
import { nameText } from './externs.js';
import { missingFeature } from './features.js';
import { dataReferences, type ObjectFunction } from './functions.js';
import type { CheckTarget, Found } from './target.js';

/** A map of an object whose value is a struct of functions that the kernel calls. */
export interface StructOpsMap {
  readonly name: string;
  /** Its section begins with `?`: not made unless asked for. */
  readonly isOptional: boolean;
  readonly type: TypeId;
  /** `bpf_struct_ops_NAME` and `NAME`, as the kernel has them. */
  readonly valueName: Uint8Array;
  readonly kernelName: Uint8Array;
  readonly members: readonly StructOpsMember[];
}

interface StructOpsMember {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** Past typedefs and modifiers. */
  readonly kind: number;
  /** Undefined where it has none. */
  readonly size: number | undefined;
  readonly isBitfield: boolean;
  /** The program at this place, an index into the object's functions. */
  readonly program: number | null;
  /** Nothing but zeros, and so no program: the kernel need not have it. */
  readonly isZero: boolean;
}

const SECTIONS = ['.struct_ops', '.struct_ops.link', '?.struct_ops', '?.struct_ops.link'];

/** Reads the maps as libbpf's init_struct_ops_maps does. Throws FormatError. */
export function readStructOps(
  { elf, btf }: BpfObject,
  local: CoreTypes | null,
  functions: readonly ObjectFunction[],
): StructOpsMap[] {
  if (btf === null || local === null) return [];
  const symbols = elf.symbols();
  const maps: StructOpsMap[] = [];
  for (const sectionName of SECTIONS) {
    const section = elf.section(sectionName);
    const datasec = section === undefined ? 0 : btf.find(sectionName, Kind.DATASEC);
    if (section === undefined || datasec === 0) continue;
    const data = elf.bytes(section);
    const references = dataReferences(elf, section);
    const programAt = (offset: number): number | null => {
      const symbol = references.get(offset);
      if (symbol === undefined || symbols === undefined) return null;
      const index = functions.findIndex(
        ({ program }) =>
          program.section.index === symbols.shndx[symbol] && program.start * 8 === symbols.valueLo[symbol],
      );
      return index < 0 ? null : index;
    };
    const tail = local.tail(datasec);
    for (let i = 0; i < tail.length; i += 3) {
      const [variable, start] = [tail[i], tail[i + 1]];
      const type = local.skip(local.kind(variable) === Kind.VAR ? local.third(variable) : variable);
      const typeName = local.nameBytes(type);
      if (local.kind(type) !== Kind.STRUCT || typeName.length === 0) continue;
      if (start + local.third(type) > data.length) {
        throw new FormatError(`${btf.typeName(variable)} is beyond the end of the section`, {
          section: section.label,
        });
      }
      const name = rootOf(typeName);
      maps.push({
        name: btf.typeName(variable),
        isOptional: sectionName.startsWith('?'),
        type,
        valueName: new TextEncoder().encode(`bpf_struct_ops_${nameText(name)}`),
        kernelName: name,
        members: Array.from({ length: btf.vlen(type) }, (_, index) =>
          readMember(local, type, index, (offset, size) => ({
            program: programAt(start + offset),
            bytes: data.subarray(start + offset, start + offset + size),
          })),
        ),
      });
    }
  }
  return maps;
}

function readMember(
  local: CoreTypes,
  struct: TypeId,
  index: number,
  content: (offset: number, size: number) => { readonly program: number | null; readonly bytes: Uint8Array },
): StructOpsMember {
  const { nameOff, type, bitOffset, bitfieldSize } = memberOf(local, struct, index);
  const resolved = local.skip(type);
  const size = sizeOf(local, type);
  const { program, bytes } = content(bitOffset >>> 3, size ?? 0);
  return {
    name: local.btf.string(nameOff),
    nameBytes: local.string(nameOff),
    kind: local.kind(resolved),
    size,
    isBitfield: bitfieldSize > 0,
    program,
    isZero: program === null && bytes.every(byte => byte === 0),
  };
}

/** Undefined where the type has no size. */
function sizeOf(types: CoreTypes, id: TypeId): number | undefined {
  try {
    return types.size(id);
  } catch {
    return undefined;
  }
}

/** What libbpf says where a map does not go with the kernel. `skipped`: members that the kernel lacks and that are zero. */
export interface StructOpsAnswer {
  readonly problem: string | null;
  readonly skipped: readonly string[];
  readonly module: string | null;
}

/**
 * Compares a map with the kernel's struct: bpf_map__init_kern_struct_ops. `context`: what a program, by its index, loads
 * from its context.
 */
export function checkStructOps(
  map: StructOpsMap,
  target: CheckTarget,
  context: (program: number) => ReadonlySet<number>,
): StructOpsAnswer {
  const feature = missingFeature('struct_ops', target);
  const [valueName, name] = [nameText(map.valueName), nameText(map.kernelName)];
  const value = target.find(map.valueName, Kind.STRUCT);
  const refused = (problem: string): StructOpsAnswer => ({
    problem,
    skipped: [],
    module: value?.module ?? null,
  });
  if (feature !== null) return refused(`the kernel has no ${feature}, and so no programs of this kind`);
  if (value === null) {
    return refused(`struct_ops init_kern: struct ${valueName} is not found in kernel BTF`);
  }
  const type = target.findIn(value, map.kernelName, Kind.STRUCT);
  if (type === null) return refused(`struct_ops init_kern: struct ${name} is not found in kernel BTF`);
  const { types } = value;
  const holds = membersOf(value).some(member => member.type === type.id);
  if (!holds) return refused(`struct_ops init_kern: struct ${name} data is not found in struct ${valueName}`);
  const skipped: string[] = [];
  const kernelMembers = membersOf(type);
  for (const member of map.members) {
    const say = (text: string) => refused(`struct_ops init_kern ${map.name}: ${text}`);
    const kernel = kernelMembers.find(({ nameOff }) => sameBytes(types.string(nameOff), member.nameBytes));
    if (kernel === undefined) {
      if (!member.isZero) return say(`Cannot find member ${member.name} in kernel BTF`);
      skipped.push(member.name);
      continue;
    }
    if (member.isBitfield || kernel.bitfieldSize > 0) return say(`bitfield ${member.name} is not supported`);
    const kernelType = types.skip(kernel.type);
    const kind = types.kind(kernelType);
    if (member.kind !== kind) {
      return say(`Unmatched member type ${member.name} ${member.kind} != ${kind}(kernel)`);
    }
    if (kind === Kind.PTR) {
      if (member.program === null) continue;
      const proto = types.skip(types.third(kernelType));
      if (types.kind(proto) !== Kind.FUNC_PROTO) return say(`kernel member ${member.name} is not a func ptr`);
      const problem = missingArgument(types, proto, context(member.program), member.name, 0, false);
      if (problem !== null) return refused(problem);
      continue;
    }
    const kernelSize = sizeOf(types, kernelType);
    if (member.size !== kernelSize) {
      return say(`Error in size of member ${member.name}: ${member.size} != ${kernelSize}(kernel)`);
    }
  }
  return { problem: null, skipped, module: value.module };
}

function membersOf({ types, id }: Found) {
  return Array.from({ length: types.btf.vlen(id) }, (_, index) => memberOf(types, id, index));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** `struct tcp_congestion_ops` */
export function structOpsType({ btf }: BpfObject, { type }: StructOpsMap): string {
  return describeType(btf!, type);
}
