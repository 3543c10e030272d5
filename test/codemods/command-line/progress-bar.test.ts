import { expect, test } from 'vitest';
import { progressBar } from '../../../codemods/command-line/progress-bar.ts';

test('fills up from left to right in place', () => {
  expect(progressBar('scan', 0, 4)).toBe('\r\u001b[2K[                    ] scan');
  expect(progressBar('parse', 2, 4)).toBe('\r\u001b[2K[==========          ] parse');
  expect(progressBar('write', 4, 4)).toBe('\r\u001b[2K[====================] write');
  expect(progressBar('none', 0, 0)).toContain('none');
});
