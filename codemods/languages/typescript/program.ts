// Opens one tree: puts the parts of the adapter together and remembers their answers.
import { ts } from 'ts-morph';
import type { Implementation, Mismatch } from '../../facts/implementation.ts';
import type { OpenOptions, Program, Purpose, Sources } from '../../facts/language.ts';
import type { Place, PlaceFacts, Spelling } from '../../facts/place.ts';
import type { Contract } from '../../facts/slot.ts';
import { healthOf } from './health.ts';
import { findImplementations } from './implementations.ts';
import { lookAt } from './look.ts';
import { type PlaceRecord, type PlaceRegistry, placeRegistry } from './place-registry.ts';
import { createSends } from './sends/create-sends.ts';
import { openSession, type Session } from './session.ts';
import { spellCopy } from './spell-copy.ts';
import { spellReadOnly } from './spell-read-only.ts';
import { originalErrors, verifyEdits } from './verify.ts';

/** Facts about the candidates under the contract. */
export function openProgram(
  sources: Sources,
  contract: Contract,
  candidates: readonly string[],
  { purpose = 'rewrite', senders = [] }: OpenOptions,
): Program {
  const { session, places, implementations } = openView(sources, contract, candidates, purpose);
  const sends = createSends(session, senders);
  const originals = originalErrors();
  const withRecord = (place: Place, spell: (record: PlaceRecord) => Spelling): Spelling => {
    const record = places.record(place.id);
    return record === undefined ? { cannot: `${place.name} is no place of this program` } : spell(record);
  };
  const looks = new Map<string, PlaceFacts>();
  return {
    implementations: () => implementations,
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
    sends: sends.groups,
    spellSends: sends.spell,
    health: () => session.treeFiles().map((source) => healthOf(session.program(), session.name, source)),
    verify: (edited) => verifyEdits(session, edited, originals),
  };
}

interface View {
  readonly session: Session;
  readonly places: PlaceRegistry;
  readonly implementations: readonly Implementation[];
}

// To compare signatures few imports have to be followed, and following all of them is most of the time a check takes.
// As soon as an answer rests on a module that was not followed, that one is followed, or all are.
function openView(
  sources: Sources,
  contract: Contract,
  candidates: readonly string[],
  purpose: Purpose,
): View {
  if (purpose === 'rewrite') return viewOf(openSession(sources, contract, candidates, 'whole'), candidates);
  const followed = new Set<string>();
  for (let round = 0; round < 4; round += 1) {
    const view = viewOf(openSession(sources, contract, candidates, followed), candidates);
    const { unfollowed } = view.session.host;
    if (unfollowed.size === 0) return view;
    if (view.implementations.some((each) => each.mismatches.some(({ kind }) => RESTS_ON_TYPES.has(kind))))
      break;
    const types = parameterTypes(view);
    // An import that was not followed is any, too.
    if (types.some((type) => (type.flags & ts.TypeFlags.Any) !== 0)) break;
    const more = types.flatMap(declaringFiles).filter((file) => unfollowed.has(file));
    if (more.length === 0) return view;
    for (const file of more) followed.add(file);
  }
  return viewOf(openSession(sources, contract, candidates, 'whole'), candidates);
}

// What an unresolved import looks like: any, or a type that lacks members.
const RESTS_ON_TYPES: ReadonlySet<Mismatch['kind']> = new Set([
  'any-parameter',
  'missing-slot',
  'narrower-parameter',
  'parameter-type',
  'read-only-parameter',
  'return-type',
  'wider-parameter',
]);

function viewOf(session: Session, candidates: readonly string[]): View {
  const places = placeRegistry(session);
  const sourceFiles = candidates.flatMap((file) => {
    const source = session.sourceFile(file);
    const failed =
      source !== undefined && healthOf(session.program(), session.name, source).failed !== undefined;
    return source === undefined || failed ? [] : [source];
  });
  return { session, places, implementations: findImplementations(session, places, sourceFiles) };
}

// The types of what the contract hands out, as the implementations declare them.
function parameterTypes({ session, places, implementations }: View): readonly ts.Type[] {
  const checker = session.checker();
  return implementations.flatMap(({ parameters }) =>
    parameters.flatMap((place) => {
      const node = place === undefined ? undefined : places.record(place.id)?.node;
      if (node === undefined) return [];
      const type = checker.getTypeAtLocation(node);
      return type.isUnionOrIntersection() ? [type, ...type.types] : [type];
    }),
  );
}

function declaringFiles({ symbol, aliasSymbol }: ts.Type): readonly string[] {
  const declarations = [symbol, aliasSymbol].flatMap((each) => each?.declarations ?? []);
  return declarations.map((declaration) => declaration.getSourceFile().fileName);
}
