/** Allocates what a length field says. */
export default {
  name: 'buffer',
  mutators: [],
  seeds: () => [new Uint8Array(100)],
  run() {
    new Uint8Array(2 ** 30);
  },
};
