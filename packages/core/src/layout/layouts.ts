import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { Describer, type Description } from './describe.js';
import { containersOf, namedStructs, packable } from './lists.js';
import { type LayoutOptions, Model } from './model.js';
import { readable } from './names.js';
import { Printer } from './printer.js';
import { type Proposal, reorganize } from './reorganize.js';
import { plural } from './statistics.js';
import { type Composite, type Definition, isStruct } from './types.js';

/** A struct or union of a list. */
export interface Row {
  readonly id: TypeId;
  readonly kind: 'struct' | 'union';
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}
/** `holes`: how many there are. */
export type SizeRow = Row & { readonly holes: number };
/** `packedSize`: what it would be when reorganized. */
export type PackableRow = Row & { readonly packedSize: number; readonly saved: number };
/** `members`: those that are of the type asked for. */
export type ContainerRow = Row & { readonly members: readonly (string | null)[] };

const DEFINITIONS: readonly number[] = [Kind.STRUCT, Kind.UNION, Kind.TYPEDEF, Kind.ENUM, Kind.ENUM64];

/**
 * The layouts of the structs of one blob and its bases, in the words of pahole (1.31, git 1436daf) reading BTF. Types
 * are read and checked as they are needed: `btf` may have been parsed with its references unseen, and all methods
 * throw FormatError for what is malformed.
 *
 * As in pahole, which structs are `packed` may be found out from others that were printed before: use one of these
 * for each list of types that pahole would be given in one call.
 */
export class Layouts {
  private readonly model: Model;
  private readonly printer: Printer;

  constructor(btf: Btf, options: LayoutOptions = {}) {
    this.model = new Model(btf, options);
    this.printer = new Printer(this.model);
  }

  /**
   * The structs, unions, enums and typedefs of a name in order of id, which are not only declared; the first is what
   * `pahole -C` prints.
   */
  named(name: string): TypeId[] {
    const { btf } = this.model.types;
    return btf.findAll(name).filter(id => this.isDefinition(id));
  }

  /** Whether a type can be printed: a struct, union, enum or typedef. */
  isDefinition(id: TypeId): boolean {
    return DEFINITIONS.includes(this.model.types.btf.kind(id));
  }

  /** A definition as C with comments, as `pahole -C` prints it, ending in a line break. */
  print(id: TypeId): string {
    return readable(`${this.printer.definition(this.definition(id))}\n`);
  }

  /** What `pahole -R -C` prints: the struct in an order that leaves fewer holes; '' for what is no struct. */
  printReorganized(id: TypeId): string {
    const proposal = this.propose(id);
    if (proposal === null) return '';
    const text = this.printer.definition(proposal.type);
    return readable(`${text}${savings(proposal)}\n`);
  }

  /** The same as data. */
  describe(id: TypeId): Description {
    return new Describer(this.model).describe(this.definition(id));
  }

  /** A struct reorganized, as data; null for what is no struct. */
  describeReorganized(id: TypeId): (Description & { saved: number; savedCachelines: number }) | null {
    const proposal = this.propose(id);
    if (proposal === null) return null;
    const { type, saved, savedCachelines } = proposal;
    return { ...new Describer(this.model).describe(type), saved, savedCachelines };
  }

  /** The structs and unions of the whole input that have a name, those that differ, in order of id. */
  *all(): Generator<Row> {
    for (const type of namedStructs(this.model)) yield rowOf(type);
  }

  /** The same, with their holes (`pahole -s`). */
  *sizes(): Generator<SizeRow> {
    for (const type of namedStructs(this.model)) yield { ...rowOf(type), holes: this.holesOf(type) };
  }

  /** Size and number of holes of one type; what a typedef stands for is measured. */
  sizeOf(id: TypeId): { size: number; holes: number } {
    const type = this.definition(id);
    const inner = this.model.sizes.strip(id);
    return { size: this.model.sizes.size(type), holes: isStruct(inner) ? this.holesOf(inner) : 0 };
  }

  /** The structs that `printReorganized` makes smaller (`pahole -P`). */
  *packable(): Generator<PackableRow> {
    for (const { type, proposal } of packable(this.model)) {
      yield { ...rowOf(type), packedSize: proposal.type.size, saved: proposal.saved };
    }
  }

  /** The structs and unions with a member of exactly this type (`pahole -i`). */
  *containers(id: TypeId): Generator<ContainerRow> {
    for (const type of containersOf(id, this.model)) {
      const members = type.members.filter(member => member.type === id);
      const names = members.map(({ name }) => (name === null ? null : readable(name)));
      yield { ...rowOf(type), members: names };
    }
  }

  private definition(id: TypeId): Definition {
    const type = this.model.types.get(id);
    if (type === null || !this.isDefinition(id)) throw new RangeError(`type [${id}] is no definition`);
    return type as Definition;
  }

  private propose(id: TypeId): Proposal | null {
    const type = this.definition(id);
    return isStruct(type) ? reorganize(type, this.model) : null;
  }

  private holesOf(type: Composite): number {
    return isStruct(type) ? this.model.holes(type).count : 0;
  }
}

function rowOf(type: Composite): Row {
  const kind = isStruct(type) ? 'struct' : 'union';
  return { id: type.id, kind, name: readable(type.name ?? ''), size: type.size };
}

function savings({ saved, savedCachelines }: Proposal): string {
  if (saved === 0) return '';
  // Where it takes more lines than before, pahole prints the difference as a size_t.
  const lines = BigInt.asUintN(64, BigInt(savedCachelines));
  const andLines = lines === 0n ? '' : ` and ${lines} cacheline${lines === 1n ? '' : 's'}`;
  return `   /* saved ${plural(saved, 'byte')}${andLines}! */`;
}
