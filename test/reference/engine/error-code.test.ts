import { expect, test } from 'vitest';
import { EngineErrorCode, engineErrorName } from '../../../reference/engine/error-code.ts';

test('a code is told by its name', () => {
  for (const [name, code] of Object.entries(EngineErrorCode)) expect(engineErrorName(code)).toBe(name);
  expect(engineErrorName(42)).toBe('unknown code 42');
});
