import { expect, it, vi } from 'vitest';
import { catchStray } from '../../reference/stray-promise.ts';
import { turn } from '../support/until.ts';

it('tells what a promise failed with', async () => {
  const told = vi.fn();
  catchStray(Promise.reject(new Error('too late')), told);
  await turn();
  expect(told).toHaveBeenCalledExactlyOnceWith(new Error('too late'));
});

it.each([undefined, 7, 'yes', {}, Promise.resolve(7)])('takes %s as it is', async (answer) => {
  const told = vi.fn();
  catchStray(answer, told);
  await turn();
  expect(told).not.toHaveBeenCalled();
});
