/** For the test of the fuzzer itself: a TypeError where the third byte is 7. */
export default {
  name: 'throws',
  mutators: [],
  seeds: () => [Uint8Array.from({ length: 200 }, (_, index) => index % 5)],
  run(bytes) {
    if (bytes[2] === 7) bytes.missing.field;
  },
};
