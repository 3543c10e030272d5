import type { ts } from 'ts-morph';
import type { Look, Objection } from './engine-look.ts';

export function findQueueHazards(
  _look: Look,
  _calls: readonly ts.CallExpression[],
  _object: Objection,
): void {}
