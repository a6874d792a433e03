/** Input of at most so many bytes is encoded before most compiled code would have paid for being compiled. */
const SHORT = 4 << 20;

const INLINE_LESS = ['--max-inlined-bytecode-size-cumulative=150', '--no-turbo-loop-peeling'];

/**
 * Makes V8's optimizing compiler spend less on a run of a few seconds over `bytes` of input. By default a third of the CPU
 * time of encoding a kernel goes into compiling functions again and again, each with much inlined into it; the loops that
 * matter call little. A loop that is compiled while it runs is better waited for.
 */
export function compileLess(bytes = Number.POSITIVE_INFINITY): void {
  const budget = bytes <= SHORT ? 600_000 : 250_000;
  setFlags([...INLINE_LESS, `--interrupt-budget=${budget}`, '--no-concurrent-osr']);
}

/** For a run of tenths of a second, of which the compiler takes two fifths: the pass that pays least is left out, too. */
export function inlineLess(): void {
  setFlags([...INLINE_LESS, '--no-turbo-load-elimination']);
}

/**
 * All of these are read whenever something is compiled, and hold for all threads. Measured with V8 11.3, that of Node 20;
 * others keep their own defaults.
 */
function setFlags(flags: readonly string[]): void {
  if (!process.versions.v8.startsWith('11.')) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of flags) setFlagsFromString(flag);
}
