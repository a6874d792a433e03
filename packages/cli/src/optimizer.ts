/** Input of at most so many bytes is encoded before most compiled code would have paid for being compiled. */
const SHORT = 4 << 20;

/**
 * Makes V8's optimizing compiler spend less on a run of a few seconds over `bytes` of input. By default a third of the CPU
 * time of encoding a kernel goes into compiling functions again and again, each with much inlined into it; the loops that
 * matter call little. A loop that is compiled while it runs is better waited for. All flags are read whenever something is
 * compiled, and hold for all threads. Measured with V8 11.3, that of Node 20; others keep their own defaults.
 */
export function compileLess(bytes = Number.POSITIVE_INFINITY): void {
  if (!inlineLess()) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString(`--interrupt-budget=${bytes <= SHORT ? 600_000 : 150_000}`);
  setFlagsFromString('--no-concurrent-osr');
  setFlagsFromString('--no-turbo-loop-peeling');
}

/**
 * The first of these alone: for a run of a tenth of a second, of which compiling what was inlined is a third. Returns
 * whether this V8 is one that it was measured with.
 */
export function inlineLess(): boolean {
  if (!process.versions.v8.startsWith('11.')) return false;
  process.getBuiltinModule('node:v8').setFlagsFromString('--max-inlined-bytecode-size-cumulative=150');
  return true;
}
