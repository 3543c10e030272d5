// Opens one tree: puts the parts of the adapter together and remembers their answers.

import type { Implementation } from '../../facts/implementation.ts';
import type { Program, Sources } from '../../facts/language.ts';
import type { Place, PlaceFacts, Spelling } from '../../facts/place.ts';
import type { Contract } from '../../facts/slot.ts';
import { healthOf } from './health.ts';
import { findImplementations } from './implementations.ts';
import { lookAt } from './look.ts';
import { type PlaceRecord, placeRegistry } from './place-registry.ts';
import { openSession } from './session.ts';
import { spellCopy } from './spell-copy.ts';
import { spellReadOnly } from './spell-read-only.ts';
import { originalErrors, verifyEdits } from './verify.ts';

/** Facts about the candidates under the contract. */
export function openProgram(sources: Sources, contract: Contract, candidates: readonly string[]): Program {
  const session = openSession(sources, contract, candidates);
  const places = placeRegistry(session);
  let implementations: readonly Implementation[] | undefined;
  const originals = originalErrors();
  const withRecord = (place: Place, spell: (record: PlaceRecord) => Spelling): Spelling => {
    const record = places.record(place.id);
    return record === undefined ? { cannot: `${place.name} is no place of this program` } : spell(record);
  };
  const looks = new Map<string, PlaceFacts>();
  const whole = () =>
    candidates.flatMap((file) => {
      const source = session.sourceFile(file);
      return source === undefined || healthOf(session.program(), session.name, source).failed !== undefined
        ? []
        : [source];
    });
  return {
    implementations: () => (implementations ??= findImplementations(session, places, whole())),
    unassigned: () => [],
    guards: () => [],
    unresolved: () => [],
    look: (place) => {
      const known = looks.get(place.id);
      if (known !== undefined) return known;
      const facts = lookAt(session, places, place);
      looks.set(place.id, facts);
      return facts;
    },
    spellReadOnly: (place) => withRecord(place, (record) => spellReadOnly(session, places, record)),
    spellCopy: (parameter) => withRecord(parameter, (record) => spellCopy(session, places, record)),
    health: () => session.treeFiles().map((source) => healthOf(session.program(), session.name, source)),
    verify: (edited) => verifyEdits(session, edited, originals),
  };
}
