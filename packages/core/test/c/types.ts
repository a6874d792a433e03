import { type Btf, BtfBuilder } from '@btfkit/core/btf';

/** A member: name, type, offset in bits, and width of a bit field. */
export type Row = readonly [name: string, type: number, offset: number, bits?: number];

/** BTF in few words; each call returns the id. */
export class Types {
  readonly builder: BtfBuilder;
  readonly base: Btf | undefined;

  constructor(base?: Btf) {
    this.base = base;
    this.builder = new BtfBuilder({ base });
  }

  get next(): number {
    return this.builder.nextId;
  }

  int(name = 'int', size = 4): number {
    return this.builder.add({ kind: 'INT', name, size, encoding: 1, bitOffset: 0, bits: 8 * size });
  }

  float(name: string, size: number): number {
    return this.builder.add({ kind: 'FLOAT', name, size });
  }

  pointer(type: number): number {
    return this.builder.add({ kind: 'PTR', name: '', type });
  }

  modified(kind: 'CONST' | 'VOLATILE' | 'RESTRICT', type: number): number {
    return this.builder.add({ kind, name: '', type });
  }

  typedef(name: string, type: number): number {
    return this.builder.add({ kind: 'TYPEDEF', name, type });
  }

  typeTag(name: string, type: number, attribute = false): number {
    return this.builder.add({ kind: 'TYPE_TAG', name, type, attribute });
  }

  array(element: number, length: number): number {
    return this.builder.add({ kind: 'ARRAY', name: '', element, index: element, length });
  }

  struct(name: string, size: number, rows: readonly Row[], kind: 'STRUCT' | 'UNION' = 'STRUCT'): number {
    const members = rows.map(([name, type, bitOffset, bits]) => ({
      name,
      type,
      bitOffset,
      bitfieldSize: bits ?? 0,
    }));
    return this.builder.add({ kind, name, size, kflag: rows.some(row => row.length === 4), members });
  }

  union(name: string, size: number, rows: readonly Row[]): number {
    return this.struct(name, size, rows, 'UNION');
  }

  enumeration(name: string, values: Record<string, number>, size = 4, signed = false): number {
    const list = Object.entries(values).map(([name, value]) => ({ name, value }));
    return this.builder.add({ kind: 'ENUM', name, size, signed, values: list });
  }

  enumeration64(name: string, values: Record<string, bigint>, size = 8, signed = false): number {
    const list = Object.entries(values).map(([name, value]) => ({ name, value }));
    return this.builder.add({ kind: 'ENUM64', name, size, signed, values: list });
  }

  forward(name: string, target: 'struct' | 'union' = 'struct'): number {
    return this.builder.add({ kind: 'FWD', name, target });
  }

  prototype(returns: number, ...params: readonly (readonly [name: string, type: number])[]): number {
    const list = params.map(([name, type]) => ({ name, type }));
    return this.builder.add({ kind: 'FUNC_PROTO', name: '', returns, params: list });
  }

  func(name: string, prototype: number, ...tags: readonly string[]): number {
    const id = this.builder.add({ kind: 'FUNC', name, type: prototype, linkage: 1 });
    for (const tag of tags) this.tag(tag, id);
    return id;
  }

  tag(name: string, type: number): number {
    return this.builder.add({ kind: 'DECL_TAG', name, type, component: -1, attribute: false });
  }

  parse(): Btf {
    return this.builder.parse('small.btf');
  }
}
