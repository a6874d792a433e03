/** How a floating-point number is laid out: IEEE 754, or x87's 80 bits, whose leading 1 is written out. */
interface Layout {
  readonly exponentBits: number;
  /** Bits of the significand as stored. */
  readonly significandBits: number;
  readonly writtenOne: boolean;
}

const SINGLE: Layout = { exponentBits: 8, significandBits: 23, writtenOne: false };
const DOUBLE: Layout = { exponentBits: 11, significandBits: 52, writtenOne: false };
const QUADRUPLE: Layout = { exponentBits: 15, significandBits: 112, writtenOne: false };
const X87: Layout = { exponentBits: 15, significandBits: 64, writtenOne: true };

const DECIMALS = 6;
const SCALE = 10n ** BigInt(DECIMALS);

/**
 * A number of 4, 8 or 16 bytes as C's `%f` writes it: six decimals, exact digits, halves to even; `inf` and `nan` with their
 * sign. `bits` is the whole of it as one number. BTF does not say what a long double is: little-endian it is x86's, of which
 * the lower 80 bits count, big-endian IEEE 754's with 128.
 */
export function formatFloat(bits: bigint, size: 4 | 8 | 16, littleEndian: boolean): string {
  const layout = size === 4 ? SINGLE : size === 8 ? DOUBLE : littleEndian ? X87 : QUADRUPLE;
  const { exponentBits, significandBits, writtenOne } = layout;
  const stored = BigInt.asUintN(significandBits, bits);
  const exponent = Number(BigInt.asUintN(exponentBits, bits >> BigInt(significandBits)));
  const isNegative = ((bits >> BigInt(significandBits + exponentBits)) & 1n) === 1n;
  const sign = isNegative ? '-' : '';
  const one = 1n << BigInt(significandBits - (writtenOne ? 1 : 0));
  // x87 takes a number that lacks its leading 1 for none at all.
  if (writtenOne && exponent !== 0 && (stored & one) === 0n) return `${sign}nan`;
  const isLargest = exponent === 2 ** exponentBits - 1;
  if (isLargest) return (stored & ~one) === 0n ? `${sign}inf` : `${sign}nan`;
  const significand = exponent === 0 ? stored : stored | one;
  const fractionBits = significandBits - (writtenOne ? 1 : 0);
  const bias = 2 ** (exponentBits - 1) - 1;
  return sign + fixed(significand, Math.max(exponent, 1) - bias - fractionBits);
}

/** `significand` × 2^`exponent` with six decimals. */
function fixed(significand: bigint, exponent: number): string {
  const scaled = significand * SCALE;
  const digits = (exponent >= 0 ? scaled << BigInt(exponent) : shiftRounded(scaled, BigInt(-exponent)))
    .toString()
    .padStart(DECIMALS + 1, '0');
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

/** `value` / 2^`count`, halves to even. */
function shiftRounded(value: bigint, count: bigint): bigint {
  const quotient = value >> count;
  const rest = value - (quotient << count);
  const half = 1n << (count - 1n);
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}
