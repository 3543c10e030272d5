import { describe, expect, test } from 'vitest';
import { dcpSlots, engineSlots, missingSlots } from '../../../reference/engine/slots.ts';
import { nobucketEngine } from '../../../reference/engines/nobucket.ts';

describe('missing slots', () => {
  test('are all required ones of something that is no engine', () => {
    const required = Object.keys(engineSlots).filter((name) => name !== 'getMeta' && name !== 'setLogLevel');
    expect(required).toHaveLength(22);
    for (const thing of [undefined, null, 7, 'engine', {}]) {
      expect(missingSlots(thing)).toEqual(['interface', ...required]);
    }
  });

  test('are none where optional slots and tables are left out', () => {
    const { dcp: _dcp, collections: _collections, ...least } = nobucketEngine();
    expect(missingSlots(least)).toEqual([]);
    expect(missingSlots({ ...least, dcp: {} })).toEqual([]);
  });

  test('are looked for in tables, and on prototypes', () => {
    class Replica {
      readonly interface = 2;
      readonly dcp = { open: null };
      readonly collections = {};
      get(): void {}
    }
    const missing = missingSlots(new Replica());
    expect(missing[0]).toBe('interface');
    expect(missing.slice(-2)).toEqual(['dcp.open', 'collections.setManifest']);
    expect(missing).not.toContain('get');
    expect(Object.keys(dcpSlots)).toHaveLength(18);
  });
});
