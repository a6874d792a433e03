import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { FormatError, locate } from '../bytes/index.js';
import { ByteWriter, type Sink } from '../print/byte-writer.js';
import { Asserts } from './asserts.js';
import { Declarations } from './declarations.js';
import { Definitions } from './definitions.js';
import { Order } from './order.js';
import { Sizes } from './sizes.js';
import { sortedIds } from './sort.js';
import { Types } from './types.js';
import { UniqueNames } from './unique-names.js';
import { text } from './words.js';

const BEGIN = text(`#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`);
const KFUNCS = text(`
/* BPF kfuncs */
#ifndef BPF_NO_KFUNC_PROTOTYPES
`);
const KFUNCS_END = text('#endif\n\n');
const END = text(`#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`);
const EXTERN = text('extern ');
const FASTCALL = text('__bpf_fastcall ');
const KSYM = text(' __weak __ksym;\n');

export interface HeaderOptions {
  /** Only these types, with what a compiler needs to take them. */
  readonly ids?: Iterable<TypeId> | undefined;
  /** In the order of the ids; otherwise by kind and name. */
  readonly unsorted?: boolean | undefined;
  /** Let the compiler check sizes and offsets: static assertions at the end. */
  readonly asserts?: boolean | undefined;
}

/** Bytes of C for BTF of any size, and for each byte of BTF: kernels have one for two. */
const MOST_OUTPUT = 16 << 20;
const MOST_FOR_BYTE = 64;

/**
 * A C header, byte for byte as `bpftool btf dump … format c`; of a split BTF its bases' types as well. Returns how many
 * types are of kinds that C does not have, LOC kinds and unknown ones: they are left out, where bpftool writes nothing at
 * all. Throws FormatError where types hold themselves or go on without end, or where holes would have to be filled with
 * fields without number; part of the header is written then.
 */
export function printC(btf: Btf, sink: Sink, options: HeaderOptions = {}): number {
  return locate({ file: btf.name }, () => {
    const out = new ByteWriter(limited(btf, sink));
    const types = new Types(btf);
    new Header(types, out).write(options);
    out.flush();
    return types.kinds.subarray(1).reduce((count, kind) => count + (kind === 0 ? 1 : 0), 0);
  });
}

/** A few bytes of BTF can ask for gigabytes: a hole of 4 GB, an anonymous struct that is in many. */
function limited(btf: Btf, sink: Sink): Sink {
  let size = 0;
  for (let layer: Btf | null = btf; layer !== null; layer = layer.base) size += layer.bytes.length;
  const most = MOST_OUTPUT + MOST_FOR_BYTE * size;
  let written = 0;
  return chunk => {
    written += chunk.length;
    if (written > most)
      throw new FormatError(`more than ${most} bytes of C from ${size} bytes of BTF`, { section: 'types' });
    sink(chunk);
  };
}

class Header {
  private readonly types: Types;
  private readonly out: ByteWriter;
  private readonly order: Order;
  private readonly declarations: Declarations;
  private readonly definitions: Definitions;
  private readonly asserts: Asserts;

  constructor(types: Types, out: ByteWriter) {
    this.types = types;
    this.out = out;
    this.order = new Order(this.types);
    const sizes = new Sizes(this.types);
    this.declarations = new Declarations(this.types, sizes, new UniqueNames(this.types), out);
    this.definitions = new Definitions(this.declarations);
    this.asserts = new Asserts(this.declarations, this.definitions, sizes);
  }

  write({ ids, unsorted, asserts }: HeaderOptions): void {
    const { types, out } = this;
    out.text(BEGIN);
    if (ids !== undefined) for (const id of ids) this.define(id);
    else if (unsorted) for (let id = 1; id < types.endId; id++) this.define(id);
    else for (const id of sortedIds(types, id => this.order.isDone(id))) this.define(id);
    if (ids === undefined) this.kfuncs();
    if (asserts) this.asserts.write();
    out.text(END);
  }

  private define(id: number): void {
    const needed = this.order.of(id);
    for (let i = 0; i < needed.length; i++) this.definitions.define(needed[i]!);
  }

  /** Prototypes of the functions with the tag bpf_kfunc, by name (dump_btf_kfuncs). */
  private kfuncs(): void {
    const { types, out, declarations } = this;
    const tags = this.functionTags();
    const targetsOf = (tag: string) =>
      tags.filter(at => types.isNamed(types.words[at]!, tag)).map(at => types.words[at + 2]!);
    const fast = new Set(targetsOf('bpf_fastcall'));
    const kfuncs = targetsOf('bpf_kfunc');
    kfuncs.sort((a, b) => types.compareNames(types.nameOff(a), types.nameOff(b)));
    out.text(KFUNCS);
    for (const id of kfuncs) {
      out.constant(EXTERN);
      if (fast.has(id)) out.constant(FASTCALL);
      declarations.declare(types.third(id), types.nameOff(id), 1, 0);
      out.constant(KSYM);
    }
    out.text(KFUNCS_END);
  }

  /** Records of the tags of functions as a whole. */
  private functionTags(): number[] {
    const { endId, kinds, words, records } = this.types;
    const found: number[] = [];
    for (let id = 1; id < endId; id++) {
      if (kinds[id] !== Kind.DECL_TAG) continue;
      const at = records[id]!;
      if (words[at + 3] === 0xffffffff && kinds[words[at + 2]!] === Kind.FUNC) found.push(at);
    }
    return found;
  }
}
