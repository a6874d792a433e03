import { Btf, BtfBuilder } from '@btfkit/core/btf';

const INT = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;
/** enum { LARGE = 0x100000000 } */
const LARGE = [{ name: 'LARGE', value: 0x100000000n }];

/** A kernel's BTF in small; `more` adds to it, `int` is its first id. */
export function kernelBtf(more: (builder: BtfBuilder, int: number) => void = () => {}, littleEndian = true) {
  const builder = new BtfBuilder({ littleEndian });
  const int = builder.add(INT);
  for (const name of ['task_struct', 'file', 'inode', 'sk_buff']) {
    builder.add({
      kind: 'STRUCT',
      name,
      size: 8,
      kflag: false,
      members: [
        { name: `${name}_count`, type: int, bitOffset: 0, bitfieldSize: 0 },
        { name: `${name}_flags`, type: int, bitOffset: 32, bitfieldSize: 0 },
      ],
    });
  }
  more(builder, int);
  return builder.build();
}

export function withEnum64(): Uint8Array {
  return kernelBtf(builder => {
    builder.add({ kind: 'ENUM64', name: 'large', size: 8, signed: false, values: LARGE });
  });
}

/** A function without parameters. */
export function addFunction(
  builder: BtfBuilder,
  name: string,
  params: readonly { name: string; type: number }[] = [],
) {
  const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params });
  return builder.add({ kind: 'FUNC', name, linkage: 1, type: proto });
}

/** A module's BTF on a kernel's. */
export function moduleBtf(vmlinux: Uint8Array, more?: (builder: BtfBuilder) => void): Uint8Array {
  const builder = new BtfBuilder({ base: Btf.parse(vmlinux) });
  const own = builder.add({
    kind: 'STRUCT',
    name: 'module_state',
    size: 4,
    kflag: false,
    members: [{ name: 'module_count', type: 1, bitOffset: 0, bitfieldSize: 0 }],
  });
  builder.add({ kind: 'PTR', name: '', type: own });
  more?.(builder);
  return builder.build();
}
