import type { Btf, TypeId } from '../btf/index.js';
import { locate } from '../bytes/index.js';
import { Declarations } from '../c/declarations.js';
import { Sizes } from '../c/sizes.js';
import { Types } from '../c/types.js';
import { UniqueNames } from '../c/unique-names.js';
import { ByteWriter, type Sink } from '../print/byte-writer.js';
import { Budget } from './budget.js';
import { Layout } from './layout.js';
import { Memory } from './memory.js';
import type { ValueOptions } from './options.js';
import { ValueWriter } from './value-writer.js';

/** Shows bytes as values of the types of a BTF. */
export class Values {
  private readonly btf: Btf;
  private readonly types: Types;
  private readonly sizes: Sizes;
  private readonly layout: Layout;

  /**
   * `btf`: parsed with its references checked, as `Btf.parse` does unless told otherwise. `pointerSize` in bytes; that of
   * the type `long` unless said, 8 where there is none.
   */
  constructor(btf: Btf, pointerSize?: 4 | 8) {
    this.btf = btf;
    this.types = new Types(btf, pointerSize);
    this.sizes = new Sizes(this.types);
    this.layout = new Layout(this.types, this.sizes);
  }

  /** In bytes (libbpf's btf__resolve_size), or a negative value of `Errno` for what has no size. */
  sizeOf(id: TypeId): number {
    this.btf.layer(id);
    return this.layout.sizeOf(id);
  }

  /**
   * Writes `data` as a value of type `id`, as libbpf 1.8's btf_dump__dump_type_data does on a 64-bit machine of the BTF's
   * byte order. `data` starts where the value does; alignment counts from there. Returns what that returns: the size of
   * the type in bytes, or a negative value of `Errno`, what could be shown having gone to `sink` all the same. Throws
   * FormatError for types that hold themselves or go on without end, RangeError for an id that does not exist.
   */
  show(id: TypeId, data: Uint8Array, sink: Sink, options: ValueOptions = {}): number {
    this.btf.layer(id);
    const { types, sizes, layout } = this;
    const out = new ByteWriter(sink);
    const declarations = new Declarations(types, sizes, new UniqueNames(types), out);
    const memory = new Memory(data, this.btf.littleEndian);
    const writer = new ValueWriter(layout, memory, declarations, new Budget(id, data.length), options);
    try {
      return locate({ file: this.btf.name }, () => writer.write(id, 0, 0, 0, 0));
    } finally {
      out.flush();
    }
  }
}
