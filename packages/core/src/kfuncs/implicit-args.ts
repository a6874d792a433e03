import { Kind, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { AppendedTypes } from './appended-types.js';
import { KFUNC_TAG, type Kfunc } from './kfunc.js';

const SUFFIX = '_impl';
/** What the verifier passes by itself: pointers to these structs. */
const IMPLICIT = ['bpf_prog_aux', 'btf_struct_meta'];
/** KSYM_NAME_LEN, the NUL included. */
const LONGEST_NAME = 512;

/** A chain of modifiers longer than this goes in circles. */
const MAX_CHAIN = 100;

/**
 * A kfunc with KF_IMPLICIT_ARGS is called by programs without the arguments that the verifier adds: it gets a prototype
 * that ends before the first of them, and a function NAME_impl stands for what the kernel's code is, with the prototype
 * as it was and with the tags of the kfunc but for `bpf_kfunc`. Where the source declares NAME_impl itself, that stays
 * (Linux 7.2's tools/bpf/resolve_btfids/main.c, process_kfunc_with_implicit_args). `declTags`: all of the blob.
 */
export function hideImplicitArgs(
  types: AppendedTypes,
  { name, id }: Kfunc,
  declTags: readonly TypeId[],
): void {
  const proto = types.type(id);
  if (types.kind(proto) !== Kind.FUNC_PROTO) {
    throw new FormatError(`the kfunc ${name} has type id ${proto}, which is no function prototype`, {
      section: 'types',
      typeId: id,
    });
  }
  const whole = `${name}${SUFFIX}`;
  if (whole.length >= LONGEST_NAME) throw new FormatError(`the name ${whole} is too long`, { typeId: id });
  if (types.findFunc(whole) === 0) {
    const func = types.addFunc(whole, types.vlen(id), proto);
    for (const tag of declTags) {
      if (types.type(tag) !== id || types.isNamed(tag, KFUNC_TAG)) continue;
      types.addDeclTag(types.nameOff(tag), func, types.component(tag), types.kflag(tag));
    }
  }
  const params = types.params(proto);
  const end = params.findIndex(({ type }) => isImplicit(types, type));
  types.setType(id, types.addProto(types.type(proto), end < 0 ? params : params.slice(0, end)));
}

function isImplicit(types: AppendedTypes, type: TypeId): boolean {
  const pointer = withoutModifiers(types, type);
  if (types.kind(pointer) !== Kind.PTR) return false;
  const target = withoutModifiers(types, types.type(pointer));
  return types.kind(target) === Kind.STRUCT && IMPLICIT.some(name => types.isNamed(target, name));
}

/** Modifiers are what libbpf's btf_is_mod takes for them; a typedef is none. */
function withoutModifiers(types: AppendedTypes, type: TypeId): TypeId {
  for (let i = 0; i < MAX_CHAIN; i++) {
    const kind = types.kind(type);
    const isModifier =
      kind === Kind.VOLATILE || kind === Kind.CONST || kind === Kind.RESTRICT || kind === Kind.TYPE_TAG;
    if (!isModifier) return type;
    type = types.type(type);
  }
  return type;
}
