import { type DieReader, Op, Slot } from '../dwarf/index.js';
import { addressDifference, type Elf, layOutSections, SHT_NOBITS, SHT_PROGBITS } from '../elf/index.js';
import type { DieAttributes } from './die-attributes.js';
import type { Feature } from './features.js';
import type { UnitLayouts } from './functions/unit-layouts.js';
import type { Names } from './names.js';
import { forEachString, type Symbols, variableSections } from './symbols.js';

export interface Variable {
  readonly name: number;
  /** Reference, and once its unit is settled the node. */
  type: number;
  unit: number;
  /** Bytes, once its unit is read. */
  size: number;
  readonly external: boolean;
  /** Index of its section, and bytes from the start of that. */
  readonly section: number;
  readonly offset: number;
  /** Size of its symbol there in bytes, -1 without one: what was discarded has none. */
  readonly symbolSize: number;
  /** Its location ends in DW_OP_stack_value: what is there is not of its type. */
  readonly isValue: boolean;
  readonly tags: number[];
}

/** A symbol of type STT_OBJECT: index of its section, where in it, and size in bytes. */
interface ObjectSymbol {
  readonly section: number;
  readonly offset: number;
  readonly size: number;
}

/** A section that variables can be in. */
interface Place {
  readonly index: number;
  readonly lo: number;
  readonly hi: number;
  readonly size: number;
}

/** Names that only tools make, as pahole leaves them out. */
const MADE_BY_TOOLS = [
  '__UNIQUE_ID',
  '__tpstrtab_',
  '__exitcall_',
  '__gendwarfksyms_ptr_',
  '__func_stack_frame_non_standard_',
];

/** pahole's KSYM_NAME_LEN: longer names are not valid. */
const MAX_NAME = 128;

/** Variables of the sections that are wanted: `.data..percpu`, or all. After btf_encoder__encode_cu_variables. */
export class Variables {
  /** Is there such a section at all? */
  readonly wanted: boolean;
  readonly all: Variable[] = [];
  private readonly names: Names;
  /** In the order of the file: an address belongs to the first that has it. */
  private readonly places: readonly Place[];
  private readonly wantedPlaces: readonly Place[];
  private readonly objects = new Map<number, ObjectSymbol[]>();
  private readonly force: boolean;

  constructor(elf: Elf, symbols: Symbols, names: Names, features: ReadonlySet<Feature>) {
    this.names = names;
    const wanted = new Set(variableSections(elf, features).map(({ index }) => index));
    this.wanted = wanted.size > 0;
    this.force = features.has('encode_force');
    const addresses = layOutSections(elf);
    this.places = elf.sections
      .filter(({ type }) => type === SHT_PROGBITS || type === SHT_NOBITS)
      .map(({ index, addrLo, addrHi, size }) => ({
        index,
        lo: elf.isRelocatable ? addresses[index]! : addrLo,
        hi: elf.isRelocatable ? 0 : addrHi,
        size,
      }));
    this.wantedPlaces = this.places.filter(({ index }) => wanted.has(index));
    let row = 0;
    forEachString(symbols.objects, at => {
      const name = names.intern(symbols.objects, at);
      const object = {
        section: symbols.objectSections[row]!,
        offset: symbols.objectOffsets[row]!,
        size: symbols.objectSizes[row]!,
      };
      const known = this.objects.get(name);
      if (known === undefined) this.objects.set(name, [object]);
      else known.push(object);
      row++;
    });
  }

  /** Takes a top-level variable if its section is wanted; returns its row, -1 for others. */
  add(attributes: DieAttributes, shape: number, at: number): number {
    const { reader } = attributes;
    if (reader.flag(shape, at, Slot.artificial)) return -1;
    const declared = reader.has(shape, Slot.specification);
    if (!declared && reader.flag(shape, at, Slot.declaration)) return -1;
    const place = this.locate(reader, shape, at);
    if (place === undefined) return -1;
    const { name, type, external } = declared
      ? declarationOf(attributes, shape, at)
      : describe(attributes, shape, at);
    if (name === 0 || !this.isUseful(name, at, reader)) return -1;
    const { section, offset, isValue } = place;
    // What was in a section that the linker discarded has the address 0 too.
    const objects = this.objects.get(name) ?? [];
    if (offset === 0 && !objects.some(object => object.section === section)) return -1;
    const symbol = objects.find(object => object.section === section && object.offset === offset);
    const symbolSize = symbol?.size ?? -1;
    this.all.push({
      name,
      type,
      unit: -1,
      size: 0,
      external,
      section,
      offset,
      symbolSize,
      isValue,
      tags: [],
    });
    return this.all.length - 1;
  }

  tag(row: number, names: readonly number[]): void {
    if (row >= 0) this.all[row]!.tags.push(...names);
  }

  /** Takes the sizes of the variables from row `from` on: what their own unit says, whatever their types are elsewhere. */
  measure(from: number, layouts: UnitLayouts): void {
    for (let row = from; row < this.all.length; row++) {
      const variable = this.all[row]!;
      variable.size = layouts.byteSize(variable.type);
    }
  }

  /** Ends a unit: the types of its variables, rows from `from` up to `to`, become nodes. */
  settle(unit: number, from: number, to: number, nodeOf: (reference: number) => number): void {
    for (const variable of this.all.slice(from, to)) {
      variable.unit = unit;
      variable.type = nodeOf(variable.type);
    }
  }

  /** Takes over the variables of another thread, which read later units. */
  absorb(
    other: readonly Variable[],
    nodeOf: (node: number) => number,
    nameOf: (name: number) => number,
  ): void {
    for (const one of other) {
      this.all.push({ ...one, name: nameOf(one.name), type: nodeOf(one.type), tags: one.tags.map(nameOf) });
    }
  }

  /** Section and offset of a location that is an address, `undefined` for others and for sections not wanted. */
  private locate(
    reader: DieReader,
    shape: number,
    at: number,
  ): { readonly section: number; readonly offset: number; readonly isValue: boolean } | undefined {
    const block = reader.block(shape, at, Slot.location);
    if (block === undefined || block.length < 2) return undefined;
    const op = reader.bytes[block.at];
    let address: { lo: number; hi: number };
    let behind = block.at + 1;
    if (op === Op.addr) {
      address = reader.addressAt(behind);
      behind += reader.unit!.addressSize;
    } else if (op === Op.addrx || op === Op.GNU_addr_index) {
      address = reader.address(reader.ulebAt(behind), at);
      while (reader.bytes[behind++]! >= 0x80);
    } else return undefined;
    const end = block.at + block.length;
    const more = behind < end && reader.bytes[behind] === Op.plus_uconst ? reader.ulebAt(behind + 1) : 0;
    const found = placeOf(this.wantedPlaces, address, more);
    if (found === undefined || found.place === placeOf(this.places, address, more)?.place)
      return (
        found && {
          section: found.place.index,
          offset: found.offset,
          isValue: behind < end && reader.bytes[end - 1] === Op.stack_value,
        }
      );
    return undefined;
  }

  /** FormatError for a name that the kernel would refuse, unless such variables are to be left out. */
  private isUseful(name: number, at: number, reader: DieReader): boolean {
    const text = this.names.text(name);
    if (MADE_BY_TOOLS.some(prefix => text.startsWith(prefix))) return false;
    if (/^[A-Za-z_.][A-Za-z0-9_.]*$/.test(text) && text.length <= MAX_NAME) return true;
    if (this.force) return false;
    throw reader.error(
      at,
      `a variable named ${JSON.stringify(text)}, which BTF cannot say; encode_force leaves it out`,
    );
  }
}

/** The first place that has an address, and where in it. */
function placeOf(
  places: readonly Place[],
  address: { readonly lo: number; readonly hi: number },
  more: number,
): { readonly place: Place; readonly offset: number } | undefined {
  for (const place of places) {
    const offset = addressDifference(address.lo, address.hi, place.lo, place.hi) + more;
    if (offset >= 0 && offset < place.size) return { place, offset };
  }
  return undefined;
}

interface Description {
  readonly name: number;
  /** Reference, as in UnitTypes. */
  readonly type: number;
  readonly external: boolean;
}

function describe(attributes: DieAttributes, shape: number, at: number): Description {
  return {
    name: attributes.name(shape, at),
    type: attributes.typeReference(shape, at),
    external: attributes.reader.flag(shape, at, Slot.external),
  };
}

/** Name and type of a variable that was declared before: they stand where DW_AT_specification leads. */
function declarationOf(attributes: DieAttributes, shape: number, at: number): Description {
  return attributes.reader.elsewhere(shape, at, Slot.specification, (declaration, declarationAt) =>
    describe(attributes, declaration, declarationAt),
  );
}
