// The list of rules is complete, sorted and explains itself.
import { expect, test } from 'vitest';
import { rules } from '../../codemods/rules.ts';

test('ids are unique, sorted noun phrases', () => {
  const ids = rules.map((rule) => rule.id);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids.filter((id) => !/^[a-z]+(?:-[a-z]+)*$/.test(id))).toEqual([]);
});

test.each(rules.map((rule) => [rule.id, rule] as const))(
  '%s says what is wrong and what to do',
  (_, rule) => {
    expect(rule.summary).toMatch(/^[a-z].*[^.]$/);
    expect(rule.explanation.trim()).toMatch(/\.$/);
    expect(['error', 'warning', 'info']).toContain(rule.severity);
  },
);
