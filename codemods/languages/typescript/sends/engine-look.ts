// What is known of one engine on the old path, as its parts hand it to each other. Computes nothing.
import type { ts } from 'ts-morph';
import type { HazardKind, SendSite } from '../../../facts/send.ts';
import type { Session } from '../session.ts';
import type { Folding } from './folding.ts';
import type { ItemRelease } from './item-releases.ts';
import type { OldPath } from './old-path.ts';
import type { PieceLoop } from './piece-loops.ts';
import type { ReferenceIndex } from './reference-index.ts';
import type { Releases } from './release-functions.ts';
import type { FileGroup } from './send-groups.ts';

/** What a look needs. */
export interface Look {
  readonly session: Session;
  readonly path: OldPath;
  readonly index: ReferenceIndex;
  readonly folding: Folding;
  readonly releases: Releases;
}

/** A site, and the node that it is. */
export interface SiteRecord {
  readonly site: SendSite;
  readonly node: ts.Node;
}

/** Everything that spelling an engine needs. */
export interface EngineSends {
  readonly group: FileGroup;
  readonly path: OldPath;
  readonly index: ReferenceIndex;
  readonly folding: Folding;
  readonly releases: Releases;
  readonly items: readonly ItemRelease[];
  readonly pieces: readonly PieceLoop[];
  /** Statements to move in front of an add. */
  readonly hoists: ReadonlyMap<ts.Statement, ts.Statement>;
  readonly sites: readonly SiteRecord[];
}

/** Says that something stands against the rewrite of a site. */
export type Objection = (
  site: ts.Node,
  kind: HazardKind,
  at: ts.Node,
  detail: string,
  settledBy?: string,
) => void;

/** The site that is closest to a node: around it, in it, or in front of it. */
export function nearestSite(sites: readonly ts.Node[], node: ts.Node): ts.Node | undefined {
  const own = sites.filter((site) => site.getSourceFile() === node.getSourceFile());
  const around = own.filter((site) => site.pos <= node.pos && node.end <= site.end).at(-1);
  const inside = own.find((site) => node.pos <= site.pos && site.end <= node.end);
  const before = own
    .filter((site) => site.pos <= node.pos)
    .toSorted((a, b) => a.pos - b.pos)
    .at(-1);
  return around ?? inside ?? before ?? own[0] ?? sites[0];
}
