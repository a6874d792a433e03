import { Btf, Kind } from '../btf/index.js';
import { type ByteSource, FormatError, fileName } from '../bytes/index.js';
import { type Elf, EM_BPF, SHT_NOBITS } from '../elf/index.js';
import { type BtfIds, readBtfIds } from '../ids/index.js';
import { btfSections, openInput } from '../input/index.js';
import { releaseOf } from '../kbuild/index.js';
import { nameOfFile } from '../module/index.js';
import { type DwarfTraits, dwarfTraits } from './dwarf-traits.js';

/** `image`: a vmlinuz; `btf`: a raw blob, but for one of a BPF program; `object`: an ELF file that is none of the others. */
export type SubjectKind = 'vmlinux' | 'image' | 'module' | 'program' | 'btf' | 'object';

/** How a file has a section. */
export type SectionState = 'present' | 'empty' | 'no bits' | 'absent';

/** A file that is looked at. What is read of it once is kept. */
export class Subject {
  readonly path: string;
  readonly kind: SubjectKind;
  readonly elf: Elf | undefined;
  /** `.BTF`, or the whole of a raw blob. */
  readonly btf: Uint8Array | undefined;
  /** `.BTF.base` */
  readonly base: Uint8Array | undefined;
  readonly btfState: SectionState;
  /** Undefined without DWARF, and where it cannot be read. */
  readonly dwarf: DwarfTraits | undefined;
  /** `.modinfo` of a module: values by tag. */
  readonly modinfo: ReadonlyMap<string, string>;
  private readonly kept = new Map<string, unknown>();

  constructor(parts: Pick<Subject, 'path' | 'kind' | 'elf' | 'btf' | 'base' | 'btfState' | 'dwarf'>) {
    this.path = parts.path;
    this.kind = parts.kind;
    this.elf = parts.elf;
    this.btf = parts.btf;
    this.base = parts.base;
    this.btfState = parts.btfState;
    this.dwarf = parts.dwarf;
    this.modinfo = parts.kind === 'module' && parts.elf ? readModinfo(parts.elf) : new Map();
  }

  /** What `make` gave when it was first asked for under this name. */
  once<T>(name: string, make: () => T): T {
    if (!this.kept.has(name)) this.kept.set(name, make());
    return this.kept.get(name) as T;
  }

  /** Of a split blob: its strings do not begin with the empty one. */
  get isSplit(): boolean {
    const { btf } = this;
    if (btf === undefined || btf.length < 24) return false;
    const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength);
    const little = btf[0] === 0x9f;
    const strings = view.getUint32(4, little) + view.getUint32(16, little);
    return view.getUint32(20, little) === 0 || (strings < btf.length && btf[strings] !== 0);
  }

  /** "nf_nat" of a module. */
  get moduleName(): string {
    return this.modinfo.get('name') ?? nameOfFile(this.path);
  }

  /** The release that it says to be for, or to be. */
  get release(): string | undefined {
    return this.once('release', () => {
      const { elf } = this;
      return elf === undefined ? undefined : orUndefined(() => releaseOf(elf));
    });
  }

  /**
   * Its types, on `vmlinux` or its own `.BTF.base` where it stands on something; undefined where they cannot be
   * read, or not without a base.
   */
  types(vmlinux: Subject | undefined): Btf | undefined {
    const standsOn = this.base === undefined && this.isSplit ? vmlinux : undefined;
    return this.once(`types on ${standsOn?.path}`, () => {
      if (this.btf === undefined) return undefined;
      const base =
        this.base === undefined ? standsOn?.types(undefined) : tryParse(this.base, undefined, this.path);
      if (base === undefined && this.isSplit) return undefined;
      return tryParse(this.btf, base, this.path);
    });
  }

  /** `.BTF_ids`; undefined where there is none, or it cannot be read. */
  get ids(): BtfIds | undefined {
    return this.once('ids', () => {
      const { elf } = this;
      return elf === undefined ? undefined : orUndefined(() => readBtfIds(elf));
    });
  }

  /** Names of undefined symbols: what it needs of others. */
  get imports(): ReadonlySet<string> {
    return this.once('imports', () => {
      const symbols = orUndefined(() => this.elf?.symbols());
      const names = new Set<string>();
      for (let i = 1; symbols !== undefined && i < symbols.length; i++) {
        if (symbols.shndx[i] === 0) names.add(symbols.name(i));
      }
      return names;
    });
  }
}

/** Opens a file of any kind. Throws FormatError for what is neither ELF nor BTF, or a broken container. */
export async function openSubject(source: ByteSource): Promise<Subject> {
  if (source.size === 0) throw new FormatError('the file is empty', { file: source.name });
  const input = await openInput(source);
  const { elf } = input;
  const path = source.name;
  if (elf === undefined) {
    const { btf } = await btfSections(input);
    const isImage = input.kind === 'image';
    if (!isImage && !isMagic(btf)) {
      throw new FormatError('neither ELF nor BTF, nor a text that is known', { file: path });
    }
    return new Subject({
      path,
      kind: isImage ? 'image' : isOfProgram(btf, path) ? 'program' : 'btf',
      elf,
      btf,
      base: undefined,
      btfState: 'present',
      dwarf: undefined,
    });
  }
  const btfState = sectionState(elf, '.BTF');
  const load = async (name: string) => {
    const section = elf.section(name);
    return section === undefined || section.type === SHT_NOBITS || section.size === 0
      ? undefined
      : elf.load(section);
  };
  const [btf, base] = [await load('.BTF'), await load('.BTF.base')];
  const kind = input.kind === 'image' ? 'image' : kindOf(elf);
  return new Subject({ path, kind, elf, btf, base, btfState, dwarf: await readTraits(elf) });
}

const SECTIONS_OF_PROGRAMS = ['license', '.maps', '.ksyms', '.kconfig'];

/** A blob with sections that BPF programs have and kernels have not, or whose sizes a loader is to fill in. */
function isOfProgram(bytes: Uint8Array, name: string): boolean {
  const btf = tryParse(bytes, undefined, name);
  for (let id = btf?.startId ?? 0; btf !== undefined && id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.DATASEC) continue;
    if (btf.sizeOrType(id) === 0 || SECTIONS_OF_PROGRAMS.includes(btf.typeName(id))) return true;
  }
  return false;
}

/** How an ELF file has a section. */
export function sectionState(elf: Elf, name: string): SectionState {
  const section = elf.section(name);
  if (section === undefined) return 'absent';
  if (section.type === SHT_NOBITS) return 'no bits';
  return section.size === 0 ? 'empty' : 'present';
}

function isMagic(bytes: Uint8Array): boolean {
  const magic = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  return magic === 0x9feb || magic === 0xeb9f;
}

function kindOf(elf: Elf): SubjectKind {
  if (elf.machine === EM_BPF) return 'program';
  if (elf.isRelocatable) {
    const isModule = elf.section('.modinfo') ?? elf.section('.gnu.linkonce.this_module');
    return isModule === undefined && !/\.ko(\.\w+)?$/.test(elf.source.name) ? 'object' : 'module';
  }
  const name = fileName(elf.source.name);
  const isKernel = elf.section('.BTF_ids') ?? elf.section('__ksymtab') ?? elf.section('.data..percpu');
  return isKernel !== undefined || name.includes('vmlinux') || name.includes('vmlinuz')
    ? 'vmlinux'
    : 'object';
}

async function readTraits(elf: Elf): Promise<DwarfTraits | undefined> {
  const section = elf.debugSection('abbrev');
  if (section === undefined) return undefined;
  try {
    return dwarfTraits(await elf.load(section));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The result, undefined where the bytes are not in order: another check says so. */
export function orUndefined<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function tryParse(bytes: Uint8Array, base: Btf | undefined, name: string): Btf | undefined {
  return orUndefined(() => Btf.parse(bytes, { base, name }));
}

function readModinfo(elf: Elf): ReadonlyMap<string, string> {
  const section = elf.section('.modinfo');
  const bytes = section === undefined ? undefined : orUndefined(() => elf.bytes(section));
  const values = new Map<string, string>();
  for (const row of new TextDecoder().decode(bytes ?? new Uint8Array(0)).split('\0')) {
    const equals = row.indexOf('=');
    const tag = row.slice(0, equals);
    if (equals > 0 && !values.has(tag)) values.set(tag, row.slice(equals + 1));
  }
  return values;
}
