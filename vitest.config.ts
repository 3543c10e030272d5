import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Parsers are slow to load on a small machine; nothing here waits for a network or a person.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
