import { IntEncoding, Kind, type TypeId } from '../btf/index.js';
import type { CoreTypes } from '../core-relo/types.js';

/** How libbpf sets a `__kconfig` extern, and the bytes that it has. */
export interface KconfigType {
  readonly is: 'bool' | 'char' | 'int' | 'tristate' | 'string';
  readonly size: number;
  readonly isSigned: boolean;
}

/** By its type, past typedefs and modifiers: libbpf's find_kcfg_type. Null for types that it does not take. */
export function kconfigType(local: CoreTypes, type: TypeId): KconfigType | null {
  const kind = local.kind(type);
  const size = local.third(type);
  const typed = (is: KconfigType['is'], isSigned = false): KconfigType => ({ is, size, isSigned });
  if (kind === Kind.INT) {
    const encoding = local.encoding(type);
    if ((encoding & IntEncoding.BOOL) !== 0) return size === 1 ? typed('bool') : null;
    if (size === 1) return typed('char', (encoding & IntEncoding.SIGNED) !== 0);
    return [2, 4, 8].includes(size) ? typed('int', (encoding & IntEncoding.SIGNED) !== 0) : null;
  }
  if (kind === Kind.ENUM || kind === Kind.ENUM64) {
    const isTristate = local.btf.typeName(type) === 'libbpf_tristate' && (kind === Kind.ENUM64 || size === 4);
    return isTristate ? typed('tristate') : null;
  }
  if (kind !== Kind.ARRAY) return null;
  const [element, , length] = local.tail(type);
  const isChar = length > 0 && kconfigType(local, local.skip(element))?.is === 'char';
  return isChar ? { is: 'string', size: length, isSigned: false } : null;
}
