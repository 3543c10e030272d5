import type { ts } from 'ts-morph';
import type { Look, Objection } from './engine-look.ts';
import type { FileGroup } from './send-groups.ts';

export function findFlowHazards(
  _look: Look,
  _group: FileGroup,
  _calls: readonly ts.CallExpression[],
  _object: Objection,
): void {}
