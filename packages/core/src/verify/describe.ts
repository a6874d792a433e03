import { IntEncoding, Kind, kflagOf, kindOf, vlenOf } from '../btf/kinds.js';
import type { KernelBtf } from './kernel-btf.js';
import type { LogTexts } from './rules.js';

const NAMES = [
  'UNKNOWN',
  'INT',
  'PTR',
  'ARRAY',
  'STRUCT',
  'UNION',
  'ENUM',
  'FWD',
  'TYPEDEF',
  'VOLATILE',
  'CONST',
  'RESTRICT',
  'FUNC',
  'FUNC_PROTO',
  'VAR',
  'DATASEC',
  'FLOAT',
  'DECL_TAG',
  'TYPE_TAG',
  'ENUM64',
];

/** btf_type_str */
export function kernelKindName(kind: number): string {
  return NAMES[kind]!;
}

/** __btf_name_by_offset */
export function nameText(btf: KernelBtf, offset: number): string {
  return offset === 0 ? '(anon)' : (btf.stringBytes(offset) ?? '(invalid-name-offset)');
}

const ENCODINGS = new Map<number, string>([
  [0, '(none)'],
  [IntEncoding.SIGNED, 'SIGNED'],
  [IntEncoding.CHAR, 'CHAR'],
  [IntEncoding.BOOL, 'BOOL'],
]);

/** What the kind's log_details prints of the record at `at`, print by print. */
export function details(btf: KernelBtf, at: number, texts: LogTexts): string[] {
  const { words } = btf;
  const info = words[at + 1]!;
  const third = words[at + 2]!;
  const next = words[at + 3]!;
  switch (kindOf(info)) {
    case Kind.INT: {
      const encoding = ENCODINGS.get((next >>> 24) & 0xf) ?? 'UNKN';
      return [
        `size=${third} bits_offset=${(next >>> 16) & 0xff} nr_bits=${next & 0xff} encoding=${encoding}`,
      ];
    }
    case Kind.ARRAY:
      return [`type_id=${next} index_type_id=${words[at + 4]} nr_elems=${words[at + 5]}`];
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.ENUM:
    case Kind.ENUM64:
    case Kind.DATASEC:
      return [`size=${third} vlen=${vlenOf(info)}`];
    case Kind.FWD:
      if (!texts.forwardKind) return [`type_id=${third}`];
      return [kflagOf(info) ? 'union' : 'struct'];
    case Kind.FUNC_PROTO:
      return prototype(btf, at);
    case Kind.VAR:
      return [`type_id=${third} linkage=${next}`];
    case Kind.FLOAT:
      return [`size=${third}`];
    case Kind.DECL_TAG:
      return [`type=${third} component_idx=${next | 0}`];
    default:
      return [`type_id=${third}`];
  }
}

/** btf_func_proto_log */
function prototype(btf: KernelBtf, at: number): string[] {
  const { words } = btf;
  const count = vlenOf(words[at + 1]!);
  const type = (index: number) => words[at + 4 + 2 * index]!;
  const parameter = (index: number) => `${type(index)} ${nameText(btf, words[at + 3 + 2 * index]!)}`;
  const prints = [`return=${words[at + 2]} args=(`];
  if (count === 0) prints.push('void');
  else if (count === 1 && type(0) === 0) prints.push('vararg');
  else {
    prints.push(parameter(0));
    for (let index = 1; index < count - 1; index++) prints.push(`, ${parameter(index)}`);
    if (count > 1) prints.push(type(count - 1) === 0 ? ', vararg' : `, ${parameter(count - 1)}`);
  }
  prints.push(')');
  return prints;
}

/** The line of a struct's or union's member (btf_verifier_log_member), without its newline. */
export function memberText(
  btf: KernelBtf,
  kflag: boolean,
  name: number,
  type: number,
  offset: number,
): string {
  const place = kflag
    ? `bitfield_size=${offset >>> 24} bits_offset=${offset & 0xffffff}`
    : `bits_offset=${offset}`;
  return `\t${nameText(btf, name)} type_id=${type} ${place}`;
}

/** The line of a variable in a DATASEC (btf_verifier_log_vsi), without its newline. */
export function variableText(words: Uint32Array, at: number): string {
  return `\t type_id=${words[at]} offset=${words[at + 1]} size=${words[at + 2]}`;
}
