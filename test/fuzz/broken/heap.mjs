/** Fills V8's heap. */
export default {
  name: 'heap',
  mutators: [],
  seeds: () => [new Uint8Array(100)],
  run() {
    for (const all = []; ; ) all.push(Array.from({ length: 1e5 }, () => ({})));
  },
};
