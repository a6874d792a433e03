import { type Btf, sizeOfLong } from '../btf/index.js';
import { endsOpen, findHoles, OpenMembers } from './holes.js';
import { Names } from './names.js';
import { Packing } from './packing.js';
import { place } from './place.js';
import { Sizes } from './sizes.js';
import { type Composite, type Holes, isStruct, Types } from './types.js';

export interface LayoutOptions {
  /** Bytes of a cache line, 1 to 65535; default 64. Alignments are told with its help, too. */
  readonly cacheline?: number | undefined;
  /** Write out the types of members, structs and unions as well as typedefs and enums. */
  readonly expand?: boolean | undefined;
  /** Bytes of a pointer; default: those of the blob's first `long`, 8 where there is none. */
  readonly pointerSize?: number | undefined;
}

/** What is known of the types of one blob, found out when it is asked for. */
export class Model {
  readonly types: Types;
  readonly sizes: Sizes;
  readonly names: Names;
  readonly packing: Packing;
  readonly cacheline: number;
  readonly expand: boolean;
  private readonly openMembers: OpenMembers;

  constructor(btf: Btf, options: LayoutOptions = {}) {
    this.types = new Types(btf);
    this.sizes = new Sizes(this.types, options.pointerSize ?? sizeOfLong(btf) ?? 8);
    this.names = new Names(this.sizes);
    this.packing = new Packing(this.sizes, type => this.holes(type));
    this.cacheline = options.cacheline ?? 64;
    this.expand = options.expand ?? false;
    this.openMembers = new OpenMembers(this.sizes);
  }

  place(type: Composite): void {
    place(type, this.sizes, this.cacheline);
  }

  /** Of a struct. */
  holes(type: Composite): Holes {
    this.place(type);
    return type.holes ?? findHoles(type);
  }

  endsOpen(type: Composite): boolean {
    return endsOpen(type, this.sizes);
  }

  hasOpenMember(type: Composite): boolean {
    return this.openMembers.has(type);
  }

  /** The structs that are members as they stand, without a typedef. */
  structMembers(type: Composite): Composite[] {
    return type.members.map(member => this.types.get(member.type)).filter(isStruct);
  }

  cachelines(size: number): number {
    return Math.floor((size + this.cacheline - 1) / this.cacheline);
  }
}
