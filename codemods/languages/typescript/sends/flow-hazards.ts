// What else stands against a rewrite of an engine: asks for each hazard of its flow in turn, and decides none of them.
import type { ts } from 'ts-morph';
import { findAddInCallback } from './add-in-callback.ts';
import { findConnectionEscapes } from './connection-escapes.ts';
import { findEarlyReleases } from './early-releases.ts';
import type { Look, Objection } from './engine-look.ts';
import type { ItemRelease } from './item-releases.ts';
import type { PieceLoop } from './piece-loops.ts';
import type { FileGroup } from './send-groups.ts';
import { findSentAnswers } from './sent-answers.ts';
import { findWorkBetweenSends } from './work-between-sends.ts';

/** What was found of an engine before. */
export interface Findings {
  readonly calls: readonly ts.CallExpression[];
  readonly pieces: readonly PieceLoop[];
  readonly items: readonly ItemRelease[];
}

/** Looks at one engine. */
export function findFlowHazards(look: Look, group: FileGroup, found: Findings, object: Objection): void {
  for (const file of group.files) findConnectionEscapes(look, file, object);
  for (const call of found.calls) {
    const member = look.path.memberCalled(call);
    const isSend = member === 'transmit' || member === 'sendmsg';
    // A second send that never comes to run has work around it all the same.
    if (isSend && !found.pieces.some((piece) => piece.call === call))
      findWorkBetweenSends(look, call, object);
    if (look.folding.isDead(call)) continue;
    if (member === 'addIov') findAddInCallback(look, call, object);
    if (isSend) findSentAnswers(look, call, object);
  }
  findEarlyReleases(look, found.items, object);
}
