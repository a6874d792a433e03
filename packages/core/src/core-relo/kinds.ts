/** enum bpf_core_relo_kind (include/uapi/linux/bpf.h). */
export const Relo = {
  FIELD_BYTE_OFFSET: 0,
  FIELD_BYTE_SIZE: 1,
  FIELD_EXISTS: 2,
  FIELD_SIGNED: 3,
  FIELD_LSHIFT_U64: 4,
  FIELD_RSHIFT_U64: 5,
  TYPE_ID_LOCAL: 6,
  TYPE_ID_TARGET: 7,
  TYPE_EXISTS: 8,
  TYPE_SIZE: 9,
  ENUMVAL_EXISTS: 10,
  ENUMVAL_VALUE: 11,
  TYPE_MATCHES: 12,
} as const;

export const isFieldBased = (kind: number) => kind <= Relo.FIELD_RSHIFT_U64;
export const isTypeBased = (kind: number) =>
  (kind >= Relo.TYPE_ID_LOCAL && kind <= Relo.TYPE_SIZE) || kind === Relo.TYPE_MATCHES;
export const isEnumvalBased = (kind: number) => kind === Relo.ENUMVAL_EXISTS || kind === Relo.ENUMVAL_VALUE;
