import { BtfBuilder } from '@btfkit/core/btf';
import { buildElf } from '../elf/build-elf.mjs';

/** A BTF blob with one integer of this name. @param {string} name */
export function btfOf(name, little = true) {
  const builder = new BtfBuilder({ littleEndian: little });
  builder.add({ kind: 'INT', name, size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  return builder.build();
}

/** @param {Uint8Array[]} parts */
export const concat = (...parts) => Uint8Array.from(Buffer.concat(parts));

/**
 * An ELF file with a .BTF section, as vmlinux or a module.
 * @param {Uint8Array} btf @param {Uint8Array} [base]
 */
export function elfWith(btf, base) {
  const bases = base ? [{ name: '.BTF.base', content: base }] : [];
  const text = { name: '.text', flags: 6, content: new Uint8Array(4096).fill(0x90) };
  return buildElf({ sections: [text, { name: '.BTF', content: btf }, ...bases] });
}

/** x86: a boot sector and two sectors of setup, some protected-mode code, the payload, and what follows it. @param {Uint8Array} payload */
export function bzImage(payload, version = 0x20f) {
  const setup = Buffer.alloc(3 * 512);
  setup[0x1f1] = 2;
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202);
  setup.writeUInt16LE(version, 0x206);
  setup.writeUInt32LE(0x60, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return concat(setup, new Uint8Array(0x60), payload, new Uint8Array(100).fill(0xcc));
}

/** EFI zboot of arm64, RISC-V and LoongArch. @param {Uint8Array} payload */
export function zboot(payload) {
  const header = Buffer.alloc(0x200);
  header.write('MZ', 0);
  header.write('zimg', 4);
  header.writeUInt32LE(header.length, 8);
  header.writeUInt32LE(payload.length, 12);
  return concat(header, payload, new Uint8Array(64));
}

/** The bare memory image that arm64 boots: no section headers, the blob somewhere inside. @param {Uint8Array} btf */
export function arm64Image(btf) {
  const header = Buffer.alloc(0x40);
  header.write('ARM\x64', 0x38, 'latin1');
  // Code that loads the magic number of BTF is no blob.
  const decoys = Uint8Array.of(0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xeb, 0x9f);
  return concat(header, decoys, new Uint8Array(1000).fill(0xd5), btf, new Uint8Array(500).fill(0xd5));
}

/** arm: the payload ends where the table says, with the kernel's size as its last word or behind it. @param {Uint8Array} payload */
export function zImage(payload) {
  const header = Buffer.alloc(0x60);
  header.writeUInt32LE(0x016f2818, 0x24);
  header.writeUInt32LE(0x04030201, 0x30);
  header.writeUInt32LE(0x45454545, 0x34);
  header.writeUInt32LE(0x40, 0x38);
  header.writeUInt32LE(6, 0x40);
  header.write('KLSZ', 0x44);
  header.writeUInt32LE(0x5a534c4b, 0x44);
  // A magic number by chance, which does not decompress.
  const code = Uint8Array.of(0x1f, 0x8b, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  header.writeUInt32LE(header.length + code.length + payload.length - 4, 0x48);
  return concat(header, code, payload, new Uint8Array(200).fill(0xe1));
}
