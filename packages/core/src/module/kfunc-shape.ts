import { type Btf, Kind, type TypeId } from '../btf/index.js';

/** KF_ITER_NEW, KF_ITER_NEXT, KF_ITER_DESTROY. */
const ITERATOR_FLAGS = { 256: 'new', 512: 'next', 1024: 'destroy' } as const;
const ITERATOR_BITS = 0x700;
const ITERATOR_PREFIX = 'bpf_iter_';
/** No chain of modifiers is longer in any BTF that a kernel takes. */
const LONGEST_CHAIN = 32;

/** A reader of types that may be anything: the kernel checks no references of a module's BTF. */
export class Types {
  readonly btf: Btf;

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** The kind of `id`; undefined where there is no such type. */
  kind(id: TypeId): number | undefined {
    return id < this.btf.endId ? this.btf.kind(id) : undefined;
  }

  /** '' where it points to no string. */
  name(id: TypeId): string {
    const offset = this.btf.nameOff(id);
    return offset < this.btf.strings.end ? this.btf.string(offset) : '';
  }

  /** `id`, or what is behind its modifiers; undefined where that leads nowhere. */
  plain(id: TypeId): TypeId | undefined {
    let at = id;
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      const kind = this.kind(at);
      if (kind === undefined) return undefined;
      if (!MODIFIERS.has(kind)) return at;
      at = this.btf.sizeOrType(at);
    }
    return undefined;
  }

  /** Types of the parameters of a FUNC_PROTO. */
  parameters(id: TypeId): TypeId[] {
    const { words } = this.btf.layer(id);
    const at = this.btf.at(id) + 3;
    return Array.from({ length: this.btf.vlen(id) }, (_, i) => words[at + 2 * i + 1]!);
  }

  /** The FUNC_PROTO of a FUNC; undefined where `id` is none, or what it refers to is none. */
  prototype(id: TypeId): TypeId | undefined {
    if (this.kind(id) !== Kind.FUNC) return undefined;
    const prototype = this.btf.sizeOrType(id);
    return this.kind(prototype) === Kind.FUNC_PROTO ? prototype : undefined;
  }
}

const MODIFIERS = new Set<number>([Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG]);

/** Why a kernel refuses this as a kfunc (btf_check_kfunc_protos); undefined where it does not. */
export function kfuncProblem(types: Types, id: TypeId, flags: number): string | undefined {
  const kind = types.kind(id);
  if (kind === undefined) return `type id ${id} does not exist`;
  if (id === 0) return 'its id is 0: no function of that name was found when ids were resolved';
  if (kind !== Kind.FUNC) return `type id ${id} is no FUNC`;
  if (types.name(id) === '') return `FUNC ${id} has no name`;
  const prototype = types.prototype(id);
  if (prototype === undefined) return `FUNC ${id} refers to no FUNC_PROTO`;
  return (flags & ITERATOR_BITS) === 0 ? undefined : iteratorProblem(types, types.name(id), prototype, flags);
}

/** btf_check_iter_kfuncs */
function iteratorProblem(types: Types, name: string, prototype: TypeId, flags: number): string | undefined {
  const step = ITERATOR_FLAGS[(flags & ITERATOR_BITS) as keyof typeof ITERATOR_FLAGS];
  if (step === undefined)
    return `${name}: only one of KF_ITER_NEW, KF_ITER_NEXT and KF_ITER_DESTROY may be set`;
  const parameters = types.parameters(prototype);
  const state = parameters.length === 0 ? undefined : pointedStruct(types, parameters[0]!);
  if (state === undefined)
    return `${name}: its first parameter is no pointer to a struct ${ITERATOR_PREFIX}*`;
  const struct = types.name(state);
  const size = types.btf.sizeOrType(state);
  if (size === 0 || size % 8 !== 0) return `${name}: struct ${struct} has ${size} bytes, no multiple of 8`;
  const expected = `${struct}_${step}`;
  if (name !== expected.slice(0, 127))
    return `${name}: the ${step} function of struct ${struct} must be called ${expected}`;
  if (step !== 'new' && parameters.length !== 1) {
    return `${name}: ${parameters.length} parameters, only the constructor of an iterator may have more than one`;
  }
  const returned = types.btf.sizeOrType(prototype);
  if (step === 'next') {
    const plain = types.plain(returned);
    if (plain === undefined || types.kind(plain) !== Kind.PTR) return `${name}: it must return a pointer`;
  }
  if (step === 'destroy' && returned !== 0) return `${name}: it must return nothing`;
  return undefined;
}

/** The struct bpf_iter_* that a parameter points to (btf_check_iter_arg). */
function pointedStruct(types: Types, parameter: TypeId): TypeId | undefined {
  const pointer = types.plain(parameter);
  if (pointer === undefined || types.kind(pointer) !== Kind.PTR) return undefined;
  const struct = types.plain(types.btf.sizeOrType(pointer));
  if (struct === undefined || types.kind(struct) !== Kind.STRUCT) return undefined;
  return types.name(struct).startsWith(ITERATOR_PREFIX) ? struct : undefined;
}

/** Why a kernel refuses this as a destructor of kptrs (btf_check_dtor_kfuncs); with `cfi`, its parameter must be void *. */
export function dtorProblem(types: Types, id: TypeId, cfi: boolean): string | undefined {
  if (id === 0) return 'its id is 0: no function of that name was found when ids were resolved';
  const prototype = types.kind(id) === undefined ? undefined : types.prototype(id);
  if (prototype === undefined) return `type id ${id} is no FUNC with a prototype`;
  const parameters = types.parameters(prototype);
  const [parameter] = parameters;
  const isPointer = parameters.length === 1 && types.kind(parameter!) === Kind.PTR;
  if (types.btf.sizeOrType(prototype) !== 0 || !isPointer)
    return `${types.name(id)}: a destructor must be void f(TYPE *)`;
  if (!cfi || types.btf.sizeOrType(parameter!) === 0) return undefined;
  return `${types.name(id)}: with CONFIG_CFI a destructor must be void f(void *)`;
}
