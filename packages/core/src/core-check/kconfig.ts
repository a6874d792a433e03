import type { CoreTypes } from '../core-relo/types.js';
import { type Answer, answer, OK } from './answer.js';
import { type Extern, VIRTUAL } from './externs.js';
import { hasEnumerator } from './features.js';
import { type KconfigType, kconfigType } from './kconfig-type.js';
import { linuxVersion } from './release.js';
import type { CheckTarget } from './target.js';
import type { Value } from './values.js';

const encoder = new TextEncoder();

/** What becomes of a `__kconfig` extern, and what loads from it give. */
export interface KconfigOutcome {
  readonly answer: Answer;
  /** What a reference to it gives: its place in a map that is frozen before programs are loaded. */
  readonly value: Value;
}

/** libbpf's bpf_object__resolve_externs for these: some it makes itself, the others are in the configuration. */
export function checkKconfig(extern: Extern, local: CoreTypes, target: CheckTarget): KconfigOutcome {
  const { name, isWeak } = extern;
  const type = kconfigType(local, extern.type)!;
  const is = (told: Answer, value: Setting | null) => ({ answer: told, value: placeOf(local, type, value) });
  if (!name.startsWith('CONFIG_')) return is(OK, virtualValue(name, target));
  if (target.config === null) {
    if (isWeak) return is(OK, null);
    const reason =
      "the kernel's configuration tells, which is not at hand: without this option nothing loads";
    return is(answer('unknown', reason), null);
  }
  const line = settingOf(target.config, name);
  if (line === undefined) {
    if (isWeak) return is(answer('absent', 'weak, and not set: 0'), 0n);
    const message = `extern '${name}' (strong): not resolved`;
    return is(answer('missing', 'not set in the configuration of the kernel', { message }), 0n);
  }
  const value = parseValue(line.trim(), type);
  if (typeof value !== 'string') return is(OK, value);
  return is(answer('incompatible', value, { message: `extern (kcfg) '${name}': ${value}` }), 0n);
}

/** What follows `NAME=` on a line; undefined where no line begins so. */
function settingOf(config: string, name: string): string | undefined {
  const text = `\n${config}`;
  const at = text.indexOf(`\n${name}=`);
  return at < 0 ? undefined : text.slice(at + name.length + 2).split('\n', 1)[0];
}

/** Null where this kernel's files do not tell. */
function virtualValue(name: string, target: CheckTarget): bigint | null {
  switch (name) {
    case VIRTUAL.version: {
      const version = linuxVersion(target.release);
      return version === null ? null : BigInt(version);
    }
    case VIRTUAL.cookie: {
      const has = hasEnumerator(target, 'bpf_func_id', 'BPF_FUNC_get_attach_cookie');
      return has === null ? null : BigInt(has);
    }
    case VIRTUAL.wrapper:
      return null;
    default:
      return 0n;
  }
}

/** A number, or the bytes of a string. */
type Setting = bigint | Uint8Array;

/** The value, or what libbpf says where it does not go with the type. */
function parseValue(text: string, { is, size, isSigned }: KconfigType): Setting | string {
  if (/^[ynm]/.test(text)) {
    const letter = text[0];
    if (is === 'char') return BigInt(text.charCodeAt(0));
    if (is === 'tristate') return { n: 0n, y: 1n, m: 2n }[letter]!;
    if (is !== 'bool') return `value '${letter}' implies bool, tristate, or char type`;
    return letter === 'm' ? "value 'm' implies tristate or char type" : BigInt(letter === 'y');
  }
  if (text.startsWith('"')) {
    if (is !== 'string') return `value '${text}' implies char array type`;
    if (text.length < 2 || !text.endsWith('"')) return `invalid string config '${text}'`;
    return encoder.encode(text.slice(1, -1)).subarray(0, size - 1);
  }
  const digits = text.match(/^(-?)(0[xX][0-9a-fA-F]+|[0-9]+)$/);
  if (digits === null) return `failed to parse '${text}' as integer completely`;
  const plain = /^0[0-7]+$/.test(digits[2]) ? BigInt(`0o${digits[2].slice(1)}`) : BigInt(digits[2]);
  const value = BigInt.asUintN(64, digits[1] === '' ? plain : -plain);
  if (is === 'tristate' || is === 'string') {
    return `value '${value}' implies integer, char, or boolean type`;
  }
  if (is === 'bool' && value > 1n) return `value '${value}' isn't boolean compatible`;
  const bits = 8 * size;
  const kept = isSigned ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : BigInt.asUintN(bits, value);
  return kept === value ? value : `value '${value}' doesn't fit in ${size} bytes`;
}

function placeOf({ btf }: CoreTypes, { size }: KconfigType, value: Setting | null): Value {
  if (value === null) return { is: 'data', bytes: null, offset: 0 };
  const bytes = new Uint8Array(size);
  if (typeof value !== 'bigint') bytes.set(value);
  else
    for (let i = 0; i < size; i++) {
      bytes[btf.littleEndian ? i : size - 1 - i] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  return { is: 'data', bytes, offset: 0 };
}
