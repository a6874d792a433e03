import { type Btf, Kind } from '../../btf/index.js';
import { type Elf, STB_WEAK } from '../../elf/index.js';
import type { Check, Proof } from '../check.js';
import { typeText } from '../places.js';
import type { Scene } from '../scene.js';
import { orUndefined, type Subject } from '../subject.js';

/** What a BPF object asks of the kernel by name. What is __weak it can do without, and is left out. */
interface Wanted {
  /** Functions in `.ksyms`. */
  readonly functions: readonly string[];
  /** Variables there. */
  readonly variables: readonly string[];
  /** Functions that programs attach to, with their sections. */
  readonly attached: readonly { readonly name: string; readonly section: string }[];
}

const ATTACH = /^\??(?:fentry|fexit|fmod_ret|freplace|lsm|iter)(?:\.s)?\/([\w.]+)$/;

function wantedBy(subject: Subject): Wanted | undefined {
  const btf = subject.types(undefined);
  const { elf } = subject;
  if (subject.kind !== 'program' || btf === undefined || elf === undefined) return undefined;
  return subject.once('wanted', () => {
    const functions: string[] = [];
    const variables: string[] = [];
    const weak = weakSymbols(elf);
    for (const id of btf.findAll('.ksyms', Kind.DATASEC)) {
      const type = btf.type(id);
      for (const { type: entry } of 'variables' in type ? type.variables : []) {
        const name = btf.typeName(entry);
        if (!weak.has(name)) (btf.kind(entry) === Kind.FUNC ? functions : variables).push(name);
      }
    }
    const attached = elf.sections.flatMap(({ name: section }) => {
      const match = ATTACH.exec(section);
      return match === null || section.startsWith('iter') ? [] : [{ name: match[1]!, section }];
    });
    return { functions, variables, attached };
  });
}

function weakSymbols(elf: Elf): ReadonlySet<string> {
  const symbols = orUndefined(() => elf.symbols());
  const names = new Set<string>();
  for (let i = 1; symbols !== undefined && i < symbols.length; i++) {
    if (symbols.bindingOf(i) === STB_WEAK && symbols.shndx[i] === 0) names.add(symbols.name(i));
  }
  return names;
}

function kernelTypes({ vmlinux }: Scene): Btf | undefined {
  return orUndefined(() => vmlinux?.types(undefined));
}

function has(btf: Btf, name: string, kind: number): boolean {
  return btf.find(name, kind) !== 0;
}

/** "vfs_read.isra.0" of the kernel's symbols, where a function lost its plain name. */
function suffixed(vmlinux: Subject | undefined, name: string): string | undefined {
  return orUndefined(() => {
    const symbols = vmlinux?.elf?.symbols();
    for (let i = 1; symbols !== undefined && i < symbols.length; i++) {
      const own = symbols.name(i);
      if (own === name || own.startsWith(`${name}.`)) return own;
    }
    return undefined;
  });
}

function absentProof(subject: Subject, scene: Scene, name: string, what: string): Proof {
  const { vmlinux } = scene;
  const near = suffixed(vmlinux, name);
  const how = [`${vmlinux?.path} has no ${what} '${name}' in its BTF`];
  if (near === name)
    how.push(`the symbol is there: pahole left the function out (btfkit encode --explain ${name})`);
  else if (near !== undefined) how.push(`its symbol is ${near}: the compiler changed it`);
  else if (vmlinux?.elf?.symbols() !== undefined) how.push('nor a symbol: not built, or inlined everywhere');
  return { where: subject.path, seen: `it wants ${what} '${name}'`, how, cause: near === undefined ? 0 : 1 };
}

export const noKsymFunction: Check = {
  id: 'S71',
  title: 'a kfunc that the program calls is not in this kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    "extern (func ksym) '{name:w}': not found in kernel or module BTFs",
    "extern (func ksym) '{name:w}': not found",
    "extern '{name:w}' (strong): not resolved",
    "kfunc '{name:w}' is not found",
    'calling kernel function {name:w} is not allowed',
    'cannot find address for kernel function {name:w}',
  ],
  looksAt: 'functions in .ksyms of a BPF object, looked up in the vmlinux at hand',
  means:
    "The program calls {name|a kernel function} as a kfunc, and neither the kernel's BTF nor that of a loaded module has a function of that name.",
  causes: [
    {
      what: 'this kernel does not have it: another release, or the option that brings it is off',
      tell: '`btfkit dump vmlinux NAME` finds nothing',
      remedy: 'a kernel that has it; or declare it __weak and ask bpf_ksym_exists()',
    },
    {
      what: 'it is static inline, or the compiler inlined it',
      tell: 'kallsyms has it with a suffix, or not',
      remedy: 'in the kernel: mark it __bpf_kfunc',
    },
    {
      what: 'it is in a module that is not loaded, or whose BTF was dropped',
      tell: 'dmesg has "missing module BTF, cannot register kfunc"',
      remedy: 'load the module; see S30 and S38',
    },
  ],
  affects: 'all',
  source: ['sched-ext/scx#184', 'luainkernel/lunatik#189'],
  *inFile(subject, scene) {
    const [wanted, btf] = [wantedBy(subject), kernelTypes(scene)];
    if (wanted === undefined || btf === undefined) return;
    for (const name of wanted.functions)
      if (!has(btf, name, Kind.FUNC)) yield absentProof(subject, scene, name, 'function');
  },
};

export const noKsymVariable: Check = {
  id: 'S72',
  title: 'a variable of the kernel has no type in its BTF',
  stage: 'program',
  severity: 'error',
  texts: [
    "extern (var ksym) '{name:w}': not found in kernel BTF",
    "extern (var ksym) '{name:w}': not found",
    "extern (var ksym) '{name:w}': incompatible types, expected {wanted}, but kernel has {found}",
  ],
  looksAt: 'typed variables in .ksyms of a BPF object, looked up in the vmlinux at hand',
  means:
    "The program refers to the kernel's variable {name|} with its type. BTF of kernels has per-CPU variables only, and not even those where pahole was told --skip_encoding_btf_vars.",
  causes: [
    {
      what: 'it is no per-CPU variable',
      tell: 'nm vmlinux shows it outside of .data..percpu',
      remedy:
        'declare it `extern const void NAME __ksym`, which needs its address only; or build the kernel with --btf_features=+global_var (pahole 1.29)',
    },
    {
      what: 'pahole 1.18 to 1.21, to which kernels pass --skip_encoding_btf_vars',
      tell: 'the BTF has no VAR at all',
      remedy: 'pahole 1.22 or newer',
    },
  ],
  affects: 'all',
  source: ['libbpf/libbpf#924'],
  *inFile(subject, scene) {
    const [wanted, btf] = [wantedBy(subject), kernelTypes(scene)];
    if (wanted === undefined || btf === undefined) return;
    const local = subject.types(undefined)!;
    const anyVariable = btf.find('runqueues', Kind.VAR) !== 0;
    for (const name of wanted.variables) {
      const id = local.find(name, Kind.VAR);
      // Without a type only the address is asked for.
      if (id === 0 || isVoid(local, local.sizeOrType(id)) || has(btf, name, Kind.VAR)) continue;
      yield { ...absentProof(subject, scene, name, 'variable'), cause: anyVariable ? 0 : 1 };
    }
  },
};

function isVoid(btf: Btf, id: number): boolean {
  let at = id;
  for (let steps = 0; steps < 32 && at !== 0; steps++) {
    const kind = btf.kind(at);
    if (kind !== Kind.CONST && kind !== Kind.VOLATILE && kind !== Kind.RESTRICT) return false;
    at = btf.sizeOrType(at);
  }
  return at === 0;
}

export const noAttachTarget: Check = {
  id: 'S73',
  title: 'a function to attach to is not in the BTF of the kernel',
  stage: 'program',
  severity: 'error',
  texts: [
    "'{name:w}' is not found in vmlinux BTF",
    "failed to find kernel BTF type ID of '{name:w}': {error:w}",
    "libbpf: prog '{program:w}': failed to find kernel BTF type ID of '{name:w}'",
    '{name:w} is not found in vmlinux BTF',
    'no BTF data for {name:w}',
    '{name:w}: function not traceable (probably it is inlined or marked as',
    'attach_btf_id {id:d} is not a function',
    'find target in vmlinux: {what}: not found',
    'find target in modules: {what}not found',
  ],
  looksAt: 'fentry, fexit, fmod_ret and lsm sections of a BPF object, looked up in the vmlinux at hand',
  means:
    'fentry, fexit and their like need the BTF of the function they attach to, and {name|that function} has none: BTF holds functions that stand in the kernel as they were written.',
  causes: [
    {
      what: 'this kernel does not have the function, or inlines it everywhere',
      tell: 'kallsyms does not have it',
      remedy: 'attach to its caller, or to a tracepoint',
    },
    {
      what: 'the compiler changed it (.isra, .constprop, .part), so that its parameters are not what the source says',
      tell: 'kallsyms has it with a suffix',
      remedy:
        'a kprobe on the symbol with its suffix; `btfkit encode --explain NAME vmlinux` says why it was left out',
    },
    {
      what: 'it is in a module',
      tell: 'grep NAME /proc/kallsyms shows [module]',
      remedy: 'see S74: name the module, and a loader that looks there',
    },
    {
      what: 'it is static and several units have one, with different prototypes',
      tell: '`btfkit encode --explain NAME`',
      remedy: 'attach to another function',
    },
  ],
  affects: 'all',
  source: ['iovisor/bcc#4001'],
  *inFile(subject, scene) {
    const [wanted, btf] = [wantedBy(subject), kernelTypes(scene)];
    if (wanted === undefined || btf === undefined) return;
    for (const { name, section } of wanted.attached) {
      const target = section.replace(/^\?/, '').startsWith('lsm') ? `bpf_lsm_${name}` : name;
      if (has(btf, target, Kind.FUNC)) continue;
      const proof = absentProof(subject, scene, target, 'function');
      // With `?` it is loaded only when asked for.
      const severity = section.startsWith('?') ? 'note' : undefined;
      yield { ...proof, seen: `section ${section} attaches to '${target}'`, severity };
    }
  },
};

export const targetInModule: Check = {
  id: 'S74',
  title: 'the tool looks for the function in vmlinux only, and it is in a module',
  stage: 'program',
  severity: 'error',
  texts: [
    'nft_do_chain is not found in vmlinux BTF',
    'failed to find BTF for {name:w} in module',
    'is not found in vmlinux BTF or module',
  ],
  looksAt: 'functions that a BPF object attaches to and that a module at hand has',
  means:
    'The function belongs to a module. Its BTF is in /sys/kernel/btf/MODULE, and the tool looks into vmlinux only.',
  causes: [
    {
      what: 'a loader that knows no module BTF',
      remedy:
        'libbpf 0.3 or newer, which looks into modules; name the function as MODULE:function; load the module first',
    },
  ],
  affects: 'bcc tools and loaders before module BTF (5.11)',
  source: ['iovisor/bcc#4585'],
  *inFile(subject, scene) {
    if (subject.kind !== 'module' || scene.programs.length === 0) return;
    const types = subject.types(scene.vmlinux);
    if (types === undefined) return;
    for (const program of scene.programs) {
      for (const { name, section } of wantedBy(program)?.attached ?? []) {
        const id = types.findAll(name, Kind.FUNC).find(found => found >= types.startId);
        if (id === undefined) continue;
        yield {
          where: program.path,
          seen: `section ${section}: ${typeText(types, id)} is in ${subject.path}`,
          severity: 'note',
        };
      }
    }
  },
};
