import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Parsers are slow to load on a small machine, which has no core to spare; nothing waits for a network or a person.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
