import type { ts } from 'ts-morph';
import type { Look, Objection } from './engine-look.ts';

export function findStoreHazards(
  _look: Look,
  _calls: readonly ts.CallExpression[],
  _object: Objection,
  _hoists: Map<ts.Statement, ts.Statement>,
): void {}
