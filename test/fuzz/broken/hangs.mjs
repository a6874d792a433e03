/** Never ends where there are less than 50 bytes. */
export default {
  name: 'hangs',
  mutators: [],
  seeds: () => [new Uint8Array(100)],
  run(bytes) {
    while (bytes.length < 50);
  },
};
