import { Kind, type TypeId } from '../btf/index.js';
import type { CoreTypes } from '../core-relo/types.js';

/** MAX_BPF_FUNC_ARGS, and bytes of a struct among them. */
const MOST = 12;
const MOST_BYTES = 16;

/**
 * The verifier's btf_ctx_access: a program that loads an argument which its function does not have is refused. Of a
 * tracepoint's function the program does not get the first one, `skipped` is 1. Null where all is well.
 */
export function missingArgument(
  types: CoreTypes,
  proto: TypeId,
  context: ReadonlySet<number>,
  name: string,
  skipped: number,
  hasResult: boolean,
): string | null {
  const count = types.tail(proto).length / 2 - skipped;
  for (const offset of [...context].filter(offset => offset >= 0).sort((a, b) => a - b)) {
    const index = argumentAt(types, proto, offset);
    if (index < count || (index === count && hasResult)) continue;
    return `func '${name}' doesn't have ${index + 1}-th argument`;
  }
  return null;
}

/** What makes the kernel's btf_distill_func_proto refuse a function that programs would be attached to; null: nothing. */
export function untraceable(types: CoreTypes, proto: TypeId, name: string): string | null {
  const tail = types.tail(proto);
  const count = tail.length / 2;
  const isStruct = (id: TypeId) => types.kind(id) === Kind.STRUCT;
  if (count > MOST) return `The function ${name} has ${count} arguments. Too many.`;
  if (isStruct(types.skip(types.third(proto))))
    return `The function ${name} return type STRUCT is unsupported.`;
  for (let index = 0; index < count; index++) {
    const id = tail[2 * index + 1];
    if (id === 0 && index === count - 1) return `The function ${name} with variable args is unsupported.`;
    const type = types.skip(id);
    if (isStruct(type) && types.third(type) > MOST_BYTES) {
      return `The function ${name} arg${index} type STRUCT is unsupported.`;
    }
  }
  return null;
}

/** FUNC_PROTO of a FUNC, or of a tracepoint's `typedef void (*btf_trace_x)(…)`; 0 where there is none. */
export function prototypeOf(types: CoreTypes, id: TypeId): TypeId {
  let at: TypeId = types.third(id);
  if (types.kind(id) === Kind.TYPEDEF) {
    const pointer = types.skip(id);
    at = types.kind(pointer) === Kind.PTR ? types.third(pointer) : 0;
  }
  return types.kind(at) === Kind.FUNC_PROTO ? at : 0;
}

/** Which argument is at an offset of the context: each takes as many times 8 bytes as it has (get_ctx_arg_idx). */
function argumentAt(types: CoreTypes, proto: TypeId, offset: number): number {
  const tail = types.tail(proto);
  let end = 0;
  for (let at = 1; at < tail.length; at += 2) {
    end += slots(types, tail[at]);
    if (offset < end) return (at - 1) / 2;
  }
  end += slots(types, types.third(proto));
  return tail.length / 2 + (offset < end ? 0 : 1);
}

function slots(types: CoreTypes, id: TypeId): number {
  const type = types.skip(id);
  if (type === 0) return 0;
  const bytes = types.kind(type) === Kind.PTR ? 8 : types.third(type);
  return Math.ceil(bytes / 8) * 8;
}
