// The worklist over a made-up program: what is reached, what an obstacle holds, where a copy cuts.
import { describe, expect, test } from 'vitest';
import { follow, pathTo, planReadOnly } from '../../../codemods/facts/flow.ts';
import type { Program } from '../../../codemods/facts/language.ts';
import type { Place, PlaceFacts } from '../../../codemods/facts/place.ts';

const RANGE = { file: 'a', start: 0, end: 1 };
const LIKE = { name: 'h', type: 'const H*', readOnly: true, optional: false, rest: false, range: RANGE };

function place(id: string, access: Place['access'] = 'mutable'): Place {
  return { id, kind: 'parameter', name: id, range: RANGE, access, type: 'H*' };
}

interface Node {
  readonly to?: string;
  readonly peers?: string;
  readonly write?: boolean;
  readonly escape?: boolean;
  readonly access?: Place['access'];
  readonly copy?: boolean;
}

function fake(nodes: Readonly<Record<string, Node>>): {
  readonly program: Program;
  readonly at: (id: string) => Place;
} {
  const places = new Map(Object.entries(nodes).map(([id, node]) => [id, place(id, node.access)]));
  const at = (id: string): Place => places.get(id) ?? place(id);
  const step = (how: 'argument' | 'declaration') => (id: string) => ({ to: at(id), at: RANGE, how });
  const look = ({ id }: Place): PlaceFacts => ({
    writes: nodes[id]?.write === true ? [{ range: RANGE, how: `assignment in ${id}` }] : [],
    escapes: nodes[id]?.escape === true ? [{ range: RANGE, reason: `${id} escapes` }] : [],
    flows: [...(nodes[id]?.to ?? '')].map(step('argument')),
    peers: [...(nodes[id]?.peers ?? '')].map(step('declaration')),
  });
  const program: Program = {
    implementations: () => [],
    unassigned: () => [],
    guards: () => [],
    unresolved: () => [],
    look,
    spellReadOnly: ({ id, access }) => ({
      edits: access === 'mutable' ? [{ ...RANGE, text: `const ${id}` }] : [],
    }),
    spellCopy: ({ id }) =>
      nodes[id]?.copy === true ? { edits: [{ ...RANGE, text: `copy ${id}` }] } : { cannot: 'of the test' },
    sends: () => [],
    spellSends: () => ({ edits: new Map() }),
    health: () => [],
    verify: () => [],
  };
  return { program, at };
}

function plan(
  nodes: Readonly<Record<string, Node>>,
  roots: string,
): Readonly<Record<'planned' | 'held' | 'fine', string>> {
  const { program, at } = fake(nodes);
  const made = planReadOnly(program, [...roots].map(at), LIKE);
  const ids = (of: readonly Place[]): string =>
    of
      .map(({ id }) => id)
      .sort()
      .join('');
  return { planned: ids(made.planned.map((one) => one.place)), held: ids(made.held), fine: ids(made.fine) };
}

describe('follow', () => {
  test('reaches everything once, and ends in cycles', () => {
    const { program, at } = fake({ a: { to: 'bc' }, b: { to: 'ca' }, c: { to: 'c' } });
    expect([...follow([at('a')], program.look).keys()]).toEqual(['a', 'b', 'c']);
  });

  test('does not go on behind a cut, but to its peers', () => {
    const { program, at } = fake({ a: { to: 'b', peers: 'c' }, b: {}, c: {} });
    expect([...follow([at('a')], program.look, new Set(['a'])).keys()]).toEqual(['a', 'c']);
  });

  test('knows the way to a place, root first', () => {
    const { program, at } = fake({ a: { to: 'b' }, b: { to: 'c' }, c: {} });
    const graph = follow([at('a')], program.look);
    expect(pathTo(graph, at('c')).map((step) => step.place.id)).toEqual(['a', 'b', 'c']);
  });
});

describe('planReadOnly', () => {
  test('plans a chain without obstacles', () => {
    expect(plan({ a: { to: 'b' }, b: { peers: 'c' }, c: {} }, 'a')).toEqual({
      planned: 'abc',
      held: '',
      fine: '',
    });
  });

  test('an obstacle holds everything that leads to it', () => {
    expect(plan({ a: { to: 'b' }, b: { to: 'cd' }, c: { escape: true }, d: {} }, 'a')).toEqual({
      planned: '',
      held: 'abcd',
      fine: '',
    });
  });

  test('an obstacle of one root does not hold another one', () => {
    expect(plan({ a: { to: 'b' }, b: { write: true }, c: { to: 'd' }, d: {} }, 'ac')).toEqual({
      planned: 'cd',
      held: 'ab',
      fine: '',
    });
  });

  test('a place shared with a free root is changed, without those that are held', () => {
    expect(plan({ a: { to: 'bs' }, b: { write: true }, c: { to: 's' }, s: {} }, 'ac')).toEqual({
      planned: 'cs',
      held: 'ab',
      fine: '',
    });
  });

  test('a copy ends the flow: what lies behind it stays', () => {
    expect(plan({ a: { to: 'b', write: true, copy: true }, b: { escape: true } }, 'a')).toEqual({
      planned: 'a',
      held: '',
      fine: '',
    });
  });

  test('what is read-only already is fine, and its escapes are no obstacle', () => {
    expect(
      plan({ a: { to: 'b', access: 'read-only' }, b: { access: 'read-only', escape: true } }, 'a'),
    ).toEqual({ planned: '', held: '', fine: 'ab' });
  });
});
