// What the codemod makes of facts: a group as a whole or not at all, and how added memory goes on.
import { describe, expect, test } from 'vitest';
import { bufferCopySend } from '../../codemods/buffer-copy-send.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import type { Program } from '../../codemods/facts/language.ts';
import type { SendForm, SendGroup, SendHazard, SendSite, SendSpelling } from '../../codemods/facts/send.ts';
import { hazards } from '../../codemods/hazards.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';

const at = (start: number, file = 'ship.cc') => ({ file, start, end: start + 4 });

const begin: SendSite = {
  id: 'begin',
  kind: 'begin',
  name: 'c->addMsgHdr(true)',
  range: at(10),
  hazards: [],
};
const add: SendSite = {
  id: 'add',
  kind: 'add',
  name: 'c->addIov(value)',
  range: at(20),
  memory: { atLeast: 0, keptBy: 'owner' },
  hazards: [],
};
const storedLater: SendHazard = {
  kind: 'store-after-add',
  range: at(40),
  detail: 'the cas is stored to at line 4, after the header was added',
  related: [],
};

interface Spelled {
  readonly verdict: Verdict;
  /** The forms that the spelling was asked for, by group. */
  readonly forms: ReadonlyMap<string, ReadonlyMap<string, SendForm>>;
}

/** Decides over groups; each site is spelled by an edit of its own unless `spell` says otherwise. */
function decide(
  groups: readonly SendGroup[],
  spell?: (group: SendGroup) => SendSpelling,
  isNamed = true,
): Spelled {
  const forms = new Map<string, ReadonlyMap<string, SendForm>>();
  const program: Program = {
    implementations: () => [],
    unassigned: () => [],
    guards: () => [],
    unresolved: () => [],
    look: () => ({ writes: [], flows: [], escapes: [], peers: [] }),
    spellReadOnly: () => ({ edits: [] }),
    spellCopy: () => ({ edits: [] }),
    sends: () => groups,
    spellSends: (group, wanted) => {
      forms.set(group.id, wanted);
      if (spell !== undefined) return spell(group);
      return { edits: new Map(group.sites.map(({ id, range }) => [id, [{ ...range, text: id }]])) };
    },
    health: () => [],
    verify: () => [],
  };
  const contract = { texts: [], slots: [] };
  return {
    verdict: bufferCopySend.decide({ program, language: cpp, contract, changes: [], isNamed }),
    forms,
  };
}

const group = (...sites: readonly SendSite[]): SendGroup => ({ id: 'ship', name: 'function ship', sites });

describe('a group', () => {
  test('is edited site by site, and stands or falls together', () => {
    const { verdict } = decide([group(begin, add)]);
    expect(verdict.findings).toMatchObject([
      { applicability: 'automatic', together: 'ship', edits: [{ text: 'begin' }] },
      { applicability: 'automatic', together: 'ship', edits: [{ text: 'add' }] },
    ]);
    expect(verdict.sites).toEqual({ found: 2, edited: 2, fine: 0, review: 0 });
  });

  test('is left alone as a whole for one hazard, which is said once with its place and what explains it', () => {
    const { verdict, forms } = decide([group(begin, { ...add, hazards: [storedLater] })]);
    expect(forms.size).toBe(0);
    expect(verdict.findings).toMatchObject([
      {
        applicability: 'review',
        edits: [],
        range: at(40),
        reason: expect.stringMatching(
          /^the cas is stored to .* \(kv-engine-migrate explain store-after-add\)$/,
        ),
        related: [{ range: at(20), message: 'it is about c->addIov(value), in function ship' }],
      },
    ]);
    expect(verdict.sites).toEqual({ found: 2, edited: 0, fine: 0, review: 2 });
  });

  test('does not hold back another one', () => {
    const other: SendGroup = { ...group({ ...begin, range: at(5, 'notify.cc') }), id: 'notify' };
    const { verdict } = decide([group({ ...add, hazards: [storedLater] }), other]);
    expect(verdict.findings.map(({ range, applicability }) => [range.file, applicability])).toEqual([
      ['notify.cc', 'automatic'],
      ['ship.cc', 'review'],
    ]);
  });

  test('that the language cannot spell is for review, with the reason', () => {
    const { verdict } = decide([group(begin, add)], () => ({
      cannot: 'a macro is in the way',
      range: at(20),
    }));
    expect(verdict.findings).toMatchObject([
      { applicability: 'review', range: at(20), reason: expect.stringContaining('a macro is in the way') },
    ]);
    expect(verdict.sites).toEqual({ found: 2, edited: 0, fine: 0, review: 2 });
  });

  test('without anything to send with is for review when asked for, and otherwise no business of a run', () => {
    const hazard: SendHazard = {
      ...storedLater,
      kind: 'no-send-target',
      detail: 'McbpConnection has no send buffer',
    };
    const stuck = group(begin, { ...add, hazards: [hazard] });
    expect(decide([stuck]).verdict.sites).toEqual({ found: 2, edited: 0, fine: 0, review: 2 });
    expect(decide([stuck], undefined, false).verdict).toEqual({
      findings: [],
      sites: { found: 0, edited: 0, fine: 0, review: 0 },
    });
  });

  test('of a tree that has no send buffer yet is edited when asked for, and otherwise no business of a run', () => {
    const early: SendGroup = { ...group(begin, add), isPremature: true };
    expect(decide([early]).verdict.sites.edited).toBe(2);
    expect(decide([early], undefined, false).verdict.sites.found).toBe(0);
  });

  test('has sites that need no edit', () => {
    const { verdict } = decide([group(begin, add)], () => ({
      edits: new Map([['begin', [{ ...at(10), text: '' }]]]),
    }));
    expect(verdict.findings).toHaveLength(1);
    expect(verdict.sites).toEqual({ found: 2, edited: 1, fine: 1, review: 0 });
  });
});

describe('a hazard', () => {
  test('that the rewrite settles by itself is told with the edit', () => {
    const settled = { ...storedLater, settledBy: 'the store moves above the add' };
    const { verdict } = decide([group({ ...add, hazards: [settled] })]);
    expect(verdict.findings).toMatchObject([
      {
        applicability: 'automatic',
        related: [{ range: at(40), message: expect.stringContaining('moves above') }],
      },
    ]);
  });

  test('that leaves the memory in place is edited to a reference, and reviewed all the same', () => {
    const { verdict, forms } = decide([group({ ...add, hazards: [{ ...storedLater, canPoint: true }] })]);
    expect(forms.get('ship')?.get('add')).toBe('reference');
    expect(verdict.findings.map(({ applicability }) => applicability).sort()).toEqual([
      'automatic',
      'review',
    ]);
    // Its edit may still step back: it is counted beside the review.
    expect(verdict.sites).toEqual({ found: 2, edited: 1, fine: 0, review: 1 });
  });

  test('of every kind is explained', () => {
    expect(hazards.find(({ id }) => id === storedLater.kind)?.explanation).toContain(
      'a copy is taken at once',
    );
  });
});

describe('added memory', () => {
  const formOf = (memory: SendSite['memory']): SendForm | undefined =>
    decide([group({ ...add, ...(memory === undefined ? {} : { memory }) })])
      .forms.get('ship')
      ?.get('add');

  test.each([
    ['of somebody who keeps it anyway', { atLeast: 1 << 20, keptBy: 'owner' }, 'copy'],
    ['of an item of unknown size', { atLeast: 0, keptBy: 'item' }, 'copy'],
    ['of an item just below 4 KiB', { atLeast: 4095, keptBy: 'item' }, 'copy'],
    ['of an item of 4 KiB', { atLeast: 4096, keptBy: 'item' }, 'chain'],
    ['of a kept buffer', { atLeast: 24, keptBy: 'buffer' }, 'chain'],
  ] as const)('%s', (_, memory, form) => {
    expect(formOf(memory)).toBe(form);
  });
});
