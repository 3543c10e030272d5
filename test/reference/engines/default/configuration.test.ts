// The config string: what it sets, and what is refused.
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../../../reference/engines/default/configuration.ts';

describe('parseConfiguration', () => {
  test('has a default for everything', () => {
    expect(parseConfiguration('')).toEqual({
      cacheSize: 67_108_864,
      itemSizeMax: 1_048_576,
      history: 10_000,
      vbuckets: 1,
    });
  });

  test('reads sizes with their units, and skips white space and empty settings', () => {
    expect(
      parseConfiguration(' cache_size = 2G ;item_size_max=300k;;history=7;vbuckets=dead;'),
    ).toMatchObject({
      cacheSize: 2_147_483_648,
      itemSizeMax: 307_200,
      history: 7,
      vbuckets: 4,
    });
    expect(parseConfiguration('cache_size=4096')).toMatchObject({ cacheSize: 4096 });
  });

  test.each([
    'cachesize=1m',
    'cache_size',
    'cache_size=',
    'cache_size=1t',
    'cache_size=-1',
    'cache_size=0',
    'cache_size=1=2',
    'cache_size=99999999999999999999',
    'history=0',
    'vbuckets=asleep',
  ])('refuses %s', (text) => {
    expect(parseConfiguration(text)).toBeUndefined();
  });
});
