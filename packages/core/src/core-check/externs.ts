import { type Btf, Kind, Linkage, type TypeId } from '../btf/index.js';
import { rootOf } from '../core-relo/names.js';
import type { BpfObject } from '../core-relo/object.js';
import type { CoreTypes } from '../core-relo/types.js';
import { SHN_UNDEF, STB_GLOBAL, STB_WEAK, STT_NOTYPE } from '../elf/index.js';
import { kconfigType } from './kconfig-type.js';

const decoder = new TextDecoder();

/**
 * What an object wants of the kernel by name. `func`: a kfunc; `var`: a variable whose type is in BTF; `symbol`: any
 * symbol of kallsyms, without a type; `kconfig`: a value of the kernel's configuration, or one that libbpf makes.
 */
export interface Extern {
  readonly name: string;
  readonly what: 'func' | 'var' | 'symbol' | 'kconfig';
  /** May be missing: it is 0 then. */
  readonly isWeak: boolean;
  /** Index in the symbol table. */
  readonly symbol: number;
  /** FUNC or VAR in the object's BTF; 0 where it has none. */
  readonly btfId: TypeId;
  /** Its FUNC_PROTO, or the variable's type past typedefs and modifiers. */
  readonly type: TypeId;
  /** Name that the kernel has: a kfunc's without flavour, as UTF-8. */
  readonly kernelName: Uint8Array;
  /** Why libbpf refuses the object whatever the kernel; null where it does not. */
  readonly problem: string | null;
}

/** Reads an object's externs as libbpf's bpf_object__collect_externs does. Throws FormatError. */
export function readExterns({ elf, btf }: BpfObject, local: CoreTypes | null): Extern[] {
  const symbols = elf.symbols();
  if (symbols === undefined) return [];
  const declared = btf === null ? new Map<string, TypeId>() : declarations(btf);
  const sections = btf === null ? new Map<TypeId, string>() : sectionNames(btf);
  const externs: Extern[] = [];
  for (let symbol = 1; symbol < symbols.length; symbol++) {
    const binding = symbols.info[symbol] >> 4;
    const isExtern =
      symbols.shndx[symbol] === SHN_UNDEF &&
      (binding === STB_GLOBAL || binding === STB_WEAK) &&
      symbols.typeOf(symbol) === STT_NOTYPE;
    if (!isExtern) continue;
    const name = symbols.name(symbol);
    if (name === '') continue;
    const isWeak = binding === STB_WEAK;
    const btfId = declared.get(name) ?? 0;
    const plain = { name, isWeak, symbol, btfId, type: 0, kernelName: new Uint8Array(0) };
    if (btfId === 0 || local === null) {
      const problem = `failed to find BTF for extern '${name}'`;
      externs.push({ ...plain, what: 'symbol', problem });
      continue;
    }
    externs.push({ ...plain, ...typed(local, btfId, sections.get(btfId), name, isWeak) });
  }
  return externs;
}

type Typed = Pick<Extern, 'what' | 'type' | 'kernelName' | 'problem'>;

function typed(
  local: CoreTypes,
  btfId: TypeId,
  section: string | undefined,
  name: string,
  isWeak: boolean,
): Typed {
  const isFunc = local.kind(btfId) === Kind.FUNC;
  const own = local.nameBytes(btfId);
  const type = local.skip(local.third(btfId));
  const found = { type, kernelName: isFunc ? rootOf(own) : own };
  const what = isFunc ? 'func' : type === 0 ? 'symbol' : 'var';
  const linkage = isFunc ? local.btf.vlen(btfId) : local.tail(btfId)[0];
  if (linkage !== Linkage.EXTERN) {
    return { ...found, what, problem: `failed to find BTF for extern '${name}'` };
  }
  if (section === '.ksyms') return { ...found, what, problem: null };
  if (section !== '.kconfig') {
    const problem =
      section === undefined
        ? `failed to find BTF for extern '${name}' [${btfId}] section`
        : `unrecognized extern section '${section}'`;
    return { ...found, what, problem };
  }
  if (isFunc) {
    const problem = `extern function ${name} is unsupported under .kconfig section`;
    return { ...found, what, problem };
  }
  const unsupported =
    kconfigType(local, type) === null ? `extern (kcfg) '${name}': type is unsupported` : null;
  return { ...found, what: 'kconfig', problem: unsupported ?? kconfigProblem(name, isWeak) };
}

/** Those that libbpf makes itself (bpf_object__resolve_externs). */
export const VIRTUAL = {
  version: 'LINUX_KERNEL_VERSION',
  cookie: 'LINUX_HAS_BPF_COOKIE',
  wrapper: 'LINUX_HAS_SYSCALL_WRAPPER',
} as const;

function kconfigProblem(name: string, isWeak: boolean): string | null {
  if (name.startsWith('CONFIG_') || Object.values<string>(VIRTUAL).includes(name)) return null;
  if (name.startsWith('LINUX_') && isWeak) return null;
  return `extern (kcfg) '${name}': unrecognized virtual extern`;
}

/** The first VAR or FUNC of each name. */
function declarations(btf: Btf): Map<string, TypeId> {
  const found = new Map<string, TypeId>();
  for (let id = btf.startId; id < btf.endId; id++) {
    const kind = btf.kind(id);
    if (kind !== Kind.VAR && kind !== Kind.FUNC) continue;
    const name = btf.typeName(id);
    if (!found.has(name)) found.set(name, id);
  }
  return found;
}

/** Name of the DATASEC that a VAR or FUNC is in; the first one counts. */
function sectionNames(btf: Btf): Map<TypeId, string> {
  const found = new Map<TypeId, string>();
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.DATASEC) continue;
    const { words } = btf;
    const first = btf.at(id) + 3;
    for (let i = 0; i < btf.vlen(id); i++) {
      const type = words[first + 3 * i];
      if (!found.has(type)) found.set(type, btf.typeName(id));
    }
  }
  return found;
}

export const nameText = (name: Uint8Array) => decoder.decode(name);
