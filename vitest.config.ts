import { defineConfig } from 'vitest/config';

// Tests stand in packages/*/test and run against dist, as users get it: worker threads load plain JavaScript.
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // Else vitest would rewrite each import of ours, and hot loops run many times slower than they do for users.
    server: { deps: { external: [/\/packages\/\w+\/dist\//] } },
  },
});
