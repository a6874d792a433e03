import type { ReferenceBreach } from '../../btf/check.js';
import type { BtfHeader, HeaderRule } from '../../btf/header.js';
import { Kind } from '../../btf/kinds.js';
import type { StringsRule } from '../../btf/strings.js';

/** A way for btf_new of libbpf's src/btf.c to refuse a blob. */
export type LibbpfRule =
  | HeaderRule
  | StringsRule
  | 'layout-rows'
  | 'kind-unknown'
  | 'kind-info-size'
  | 'kind-element-size'
  | 'kind-not-swapped'
  | 'record-wraps'
  | 'record-too-long'
  | 'types-left'
  | 'name'
  | 'type'
  | 'prototype';

/** What is printed where there is no header to take numbers from. */
export function noHeaderMessage(rule: HeaderRule, bytes: Uint8Array): string {
  if (rule === 'header-missing') return 'BTF header not found';
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (rule === 'magic') return `Invalid BTF magic: ${view.getUint16(0, true).toString(16)}`;
  const length = view.getUint32(4, bytes[0] === 0x9f);
  if (rule === 'swapped-header-short') {
    return `Can't load BTF with non-native endianness due to unsupported header length ${length}`;
  }
  return `BTF header len ${length} larger than data size ${bytes.length}`;
}

/** What is printed of a header whose sections are not where they should be. */
export function headerMessage(rule: HeaderRule, header: BtfHeader, size: number): string {
  const types = `type data at ${header.typeOffset} + ${header.typeLength}`;
  const layout = `layout data at ${header.layoutOffset} + ${header.layoutLength}`;
  const strings = `strings data at ${header.stringOffset}`;
  switch (rule) {
    case 'total-size':
      return `Invalid BTF total size: ${size}`;
    case 'types-in-strings':
      return `Invalid BTF data sections layout: ${types}, ${strings} + ${header.stringLength}`;
    case 'types-unaligned':
      return 'BTF type section is not aligned to 4 bytes';
    case 'layout-unaligned':
      return 'BTF layout section is not aligned to 4 bytes';
    case 'layout-in-types':
      return `Invalid BTF data sections layout: ${types},  ${layout}`;
    default:
      return `Invalid BTF data sections layout: ${layout}, ${strings}`;
  }
}

export const STRINGS_MESSAGES: Readonly<Record<StringsRule, string>> = {
  'strings-end': 'Invalid BTF string section',
  'strings-start': 'Malformed BTF string section, did you forget to provide base BTF?',
};

/** What a name of an element is called. */
function elementName(kind: number): string {
  if (kind === Kind.FUNC_PROTO) return 'param name';
  return kind === Kind.STRUCT || kind === Kind.UNION ? 'field name' : 'enum name';
}

/** btf_validate_str, btf_validate_id and the check of a FUNC; `value` is the word at fault. */
export function brokenReference(
  { typeId, kind, what, element }: ReferenceBreach,
  value: number,
): { rule: LibbpfRule; message: string } {
  const problems = {
    name: () => `invalid ${element === null ? 'type name' : elementName(kind)} (string offset ${value})`,
    type: () => `invalid referenced type ID ${value}`,
    prototype: () => `referenced type [${value}] is not FUNC_PROTO`,
  };
  return { rule: what, message: `btf: type [${typeId}]: ${problems[what]()}` };
}
