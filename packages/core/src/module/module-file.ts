import { fileName, readCString } from '../bytes/index.js';
import { type Elf, type Section, SHT_NOBITS } from '../elf/index.js';

/** A symbol that the module needs, and the checksum of its type when the module was built (MODVERSIONS). */
export interface SymbolVersion {
  readonly name: string;
  /** 32 bits. */
  readonly crc: number;
}

/** What a kernel's loader looks at in a `.ko`, but for its code. */
export interface ModuleFile {
  readonly elf: Elf;
  /** As the kernel calls it. */
  readonly name: string;
  /** `.modinfo`: values by tag, in order. */
  readonly modinfo: ReadonlyMap<string, readonly string[]>;
  /** Undefined for a module built without MODVERSIONS. */
  readonly versions: readonly SymbolVersion[] | undefined;
  /** Bytes of `.gnu.linkonce.this_module`: sizeof(struct module) where the module was built. */
  readonly structSize: number | undefined;
  /** `.BTF`; undefined where the kernel finds none, which an empty one is. */
  readonly btf: Uint8Array | undefined;
  /** `.BTF.base` */
  readonly base: Uint8Array | undefined;
}

/** sizeof(struct modversion_info): a checksum as an unsigned long, and the name. */
const VERSION_SIZE = 64;

/** Reads a module's sections. Throws FormatError where one leaves the file. */
export function readModule(elf: Elf): ModuleFile {
  const modinfo = readModinfo(bytesOf(elf, elf.section('.modinfo')));
  const own = elf.section('.gnu.linkonce.this_module');
  const btf = bytesOf(elf, elf.section('.BTF'));
  return {
    elf,
    name: modinfo.get('name')?.[0] ?? nameInStruct(elf, own) ?? nameOfFile(elf.source.name),
    modinfo,
    versions: readVersions(elf),
    structSize: own?.size,
    btf: btf.length > 0 ? btf : undefined,
    base: elf.section('.BTF.base') && bytesOf(elf, elf.section('.BTF.base')),
  };
}

function bytesOf(elf: Elf, section: Section | undefined): Uint8Array {
  return section === undefined ? new Uint8Array(0) : elf.bytes(section);
}

/** "TAG=VALUE", each with its NUL, padding between them. */
function readModinfo(bytes: Uint8Array): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of new TextDecoder().decode(bytes).split('\0')) {
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    const tag = line.slice(0, equals);
    const values = found.get(tag);
    if (values === undefined) found.set(tag, [line.slice(equals + 1)]);
    else values.push(line.slice(equals + 1));
  }
  return found;
}

function readVersions(elf: Elf): SymbolVersion[] | undefined {
  const extended = elf.section('__version_ext_crcs');
  const names = elf.section('__version_ext_names');
  if (extended !== undefined && names !== undefined) {
    return extendedVersions(elf, elf.bytes(extended), elf.bytes(names));
  }
  const section = elf.section('__versions');
  if (section === undefined) return undefined;
  const bytes = elf.bytes(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = elf.is64 ? 8 : 4;
  const low = elf.is64 && !elf.littleEndian ? 4 : 0;
  const versions: SymbolVersion[] = [];
  for (let at = 0; at + VERSION_SIZE <= bytes.length; at += VERSION_SIZE) {
    const field = bytes.subarray(at + word, at + VERSION_SIZE);
    const end = field.indexOf(0);
    const name = new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
    versions.push({ name, crc: view.getUint32(at + low, elf.littleEndian) });
  }
  return versions;
}

/** Since 6.14: checksums as 32-bit words, names one after the other, for names that have no room in the other table. */
function extendedVersions(elf: Elf, crcs: Uint8Array, names: Uint8Array): SymbolVersion[] {
  const view = new DataView(crcs.buffer, crcs.byteOffset, crcs.byteLength);
  const versions: SymbolVersion[] = [];
  let at = 0;
  for (const name of new TextDecoder().decode(names).split('\0')) {
    if (at + 4 > crcs.length) break;
    versions.push({ name, crc: view.getUint32(at, elf.littleEndian) });
    at += 4;
  }
  return versions;
}

/** The start of struct module: a state, two pointers of a list, the name. */
function nameInStruct(elf: Elf, section: Section | undefined): string | undefined {
  if (section === undefined || section.type === SHT_NOBITS) return undefined;
  const bytes = elf.bytes(section).subarray(elf.is64 ? 24 : 12);
  return bytes.indexOf(0) > 0 ? readCString(bytes, 0) : undefined;
}

/** "nf_nat" of "…/nf-nat.ko.xz", as the build names modules after their files. */
export function nameOfFile(path: string): string {
  return fileName(path)
    .replace(/\.(ko|btf)(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
