// What a TypeScript tree sends on the old path, and how that is spelled on the new one: puts the parts of this folder together.
import { ts } from 'ts-morph';
import type { SendForm, SendGroup, SendSpelling } from '../../../facts/send.ts';
import type { Session } from '../session.ts';
import type { EngineSends } from './engine-look.ts';
import { lookAtEngine } from './engine-sends.ts';
import { type OldPath, oldPath } from './old-path.ts';
import { findFileGroups } from './send-groups.ts';
import { spellEngine } from './spell-engine.ts';

/** The send side of a program. */
export interface Sends {
  groups(): readonly SendGroup[];
  spell(group: SendGroup, forms: ReadonlyMap<string, SendForm>): SendSpelling;
}

/** Looks at the senders when it is first asked. */
export function createSends(session: Session, senders: readonly string[]): Sends {
  const engines = new Map<string, EngineSends>();
  let groups: readonly SendGroup[] | undefined;
  const look = (): readonly SendGroup[] => {
    if (senders.length === 0) return [];
    includeAround(session, senders);
    const path = oldPath(session);
    meetConnections(session, path);
    if (path.known().length === 0) return [];
    return findFileGroups(session, path).flatMap((files) => {
      if (!files.sends) return [];
      const engine = lookAtEngine(session, path, files);
      engines.set(files.id, engine);
      return engine.sites.length === 0
        ? []
        : [{ id: files.id, name: files.name, sites: engine.sites.map(({ site }) => site) }];
    });
  };
  return {
    groups: () => (groups ??= look()),
    spell: (group, forms) => {
      const engine = engines.get(group.id);
      if (engine === undefined) return { edits: new Map() };
      return spellEngine(session, engine, forms);
    },
  };
}

/** Who uses a sender need not say a word of the old path itself. */
function includeAround(session: Session, senders: readonly string[]): void {
  session.include(senders);
  for (const file of senders) {
    const base = /([^/]+?)(?:\.d)?\.[cm]?tsx?$/.exec(file)?.[1];
    if (base !== undefined && base !== 'index')
      session.include(session.sources.mentioning(base).filter((one) => /\.[cm]?tsx?$/.test(one)));
  }
}

/** Reads every interface of the program that may be a connection of the old path. */
function meetConnections(session: Session, path: OldPath): void {
  const checker = session.checker();
  for (const file of session.program().getSourceFiles()) {
    if (!/\b(?:addIov|sendmsg)\b/.test(file.text)) continue;
    for (const statement of file.statements)
      if (ts.isInterfaceDeclaration(statement))
        for (const member of statement.members)
          if (member.name !== undefined) path.connectionOf(checker.getSymbolAtLocation(member.name));
  }
}
