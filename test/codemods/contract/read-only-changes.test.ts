import { describe, expect, test } from 'vitest';
import { readOnlyChanges } from '../../../codemods/contract/read-only-changes.ts';
import type { Contract, Slot, SlotParameter } from '../../../codemods/facts/slot.ts';

const range = { file: 'contract', start: 0, end: 0 };
const parameter = (type: string, readOnly = false): SlotParameter => ({
  name: undefined,
  type,
  readOnly,
  optional: false,
  rest: false,
  range,
});
const slot = (container: string, name: string, ...parameters: readonly SlotParameter[]): Slot => ({
  container,
  name,
  parameters,
  returns: 'void',
  required: false,
  signature: '',
  range,
});
const contract = (...slots: readonly Slot[]): Contract => ({ texts: [], slots });

describe('readOnlyChanges', () => {
  test('are the parameters that became read-only, in the order of the new contract', () => {
    const from = contract(
      slot('b', 'y', parameter('T*'), parameter('U*')),
      slot('a', 'x', parameter('const T*', true)),
    );
    const to = contract(
      slot('a', 'x', parameter('const T*', true)),
      slot('b', 'y', parameter('T*'), parameter('const U*', true)),
    );
    expect(readOnlyChanges(from, to)).toEqual([
      { slot: to.slots[1], parameter: 1, from: from.slots[0]?.parameters[1], to: to.slots[1]?.parameters[1] },
    ]);
  });

  test('leave out what became mutable, new slots and new parameters', () => {
    const from = contract(slot('a', 'x', parameter('const T*', true)));
    const to = contract(
      slot('a', 'x', parameter('T*'), parameter('const U*', true)),
      slot('a', 'new', parameter('const T*', true)),
    );
    expect(readOnlyChanges(from, to)).toEqual([]);
  });

  test('tell slots of one name in two containers apart', () => {
    const from = contract(slot('a', 'x', parameter('T*')), slot('b', 'x', parameter('const T*', true)));
    const to = contract(
      slot('a', 'x', parameter('const T*', true)),
      slot('b', 'x', parameter('const T*', true)),
    );
    expect(readOnlyChanges(from, to).map((change) => change.slot.container)).toEqual(['a']);
  });

  test('are all read-only parameters where nothing is known of before', () => {
    const to = contract(
      slot('a', 'x', parameter('T*'), parameter('const T*', true)),
      slot('cb', '', parameter('const U*', true)),
    );
    expect(readOnlyChanges(undefined, to).map((change) => [change.slot.container, change.parameter])).toEqual(
      [
        ['a', 1],
        ['cb', 0],
      ],
    );
    expect(readOnlyChanges(undefined, to)[0]?.from.readOnly).toBe(false);
  });
});
