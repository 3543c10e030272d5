// The module: who gets an engine, and which settings it refuses.
import { expect, test } from 'vitest';
import { createInstance } from '../../../../reference/engines/default/index.ts';
import { startBucket, TestServer } from './bucket.ts';

test('makes one engine for each call, for the one version of the interface', () => {
  const server = new TestServer();
  const first = createInstance(1, () => server.api);
  const second = createInstance(1, () => server.api);
  expect(first).toMatchObject({ status: 0x00, handle: { interface: 1 } });
  expect(second).not.toBe(first);
  expect(createInstance(2, () => server.api)).toEqual({ status: 0x06 });
});

test('says what it is before it is initialized', () => {
  const server = new TestServer();
  const made = createInstance(1, () => server.api);
  if (made.status !== 0) throw new Error('no engine');
  expect(made.handle.getInfo(made.handle)).toEqual({
    description: 'Default engine',
    features: [{ feature: 0 }, { feature: 7 }, { feature: 5 }, { feature: 6 }],
  });
  expect(made.handle.isXattrEnabled(made.handle)).toBe(true);
  expect(made.handle.initialize(made.handle, 'eviction=true')).toBe(0x05);
});

test('keeps the buckets of a server apart', () => {
  const server = new TestServer();
  const beer = startBucket('', server);
  const travel = startBucket('', server);
  beer.store('21st_amendment', 'IPA');
  expect(beer.get('21st_amendment').value).toBe('IPA');
  expect(travel.get('21st_amendment').status).toBe(0x01);
});
