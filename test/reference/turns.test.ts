import { expect, it } from 'vitest';
import { Turns } from '../../reference/turns.ts';
import { turn } from '../support/until.ts';

it('runs one task after the other, in the order in which they came', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const task = (name: string, ticks: number) => async (): Promise<string> => {
    told.push(`${name} begins`);
    await turn(ticks);
    told.push(`${name} ends`);
    return name;
  };
  const all = Promise.all([
    turns.take(task('stop', 3)),
    turns.take(task('start', 1)),
    turns.take(task('reset', 0)),
  ]);
  expect(told).toEqual([]);
  expect(await all).toEqual(['stop', 'start', 'reset']);
  expect(told).toEqual(['stop', 'start', 'reset'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

it('runs the next task where one fails, and tells who asked for that one', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('no port')));
  const next = turns.take(async () => 'up');
  await expect(failing).rejects.toThrow('no port');
  expect(await next).toBe('up');
});
