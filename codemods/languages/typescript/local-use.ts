// Everything that a function does to one of its parameters by itself: in its own body, through its own aliases.
import type { ts } from 'ts-morph';
import type { Flow } from '../../facts/place.ts';
import type { Target } from './place-registry.ts';
import type { Session } from './session.ts';
import type { Sink, Spot, TracedValue } from './traced-value.ts';
import { trace } from './value-trace.ts';

/** A store, by the path of what is stored to below the parameter. */
export interface LocalWrite {
  readonly node: ts.Node;
  /** The object that is stored to. */
  readonly path: readonly string[];
  readonly key: string | undefined;
}

/** Where the value, or a part of it, leaves the function's own names. */
export interface LocalExit {
  readonly node: ts.Node;
  readonly how: Flow['how'] | 'escape';
  readonly path: readonly string[];
  /** The spot that it reaches, where there is one. */
  readonly to: ts.Node | undefined;
  readonly wrapped: boolean;
}

/** The summary of one parameter in its function. */
export interface LocalUse {
  readonly writes: readonly LocalWrite[];
  readonly exits: readonly LocalExit[];
  /** Local names that share its memory, with the path they stand for. */
  readonly aliases: readonly { readonly node: ts.Node; readonly path: readonly string[] }[];
}

const SELF: Target = { container: '', slot: '', parameter: 0, path: [] };

/** Follows a parameter through its function. */
export function localUse(session: Session, parameter: ts.ParameterDeclaration): LocalUse {
  const fn = parameter.parent;
  const writes: LocalWrite[] = [];
  const exits: LocalExit[] = [];
  const aliases: { readonly node: ts.Node; readonly path: readonly string[] }[] = [];
  const seen = new Set<string>();
  const queue: Spot[] = [{ kind: 'parameter', node: parameter, value: { target: SELF, wrappings: [] } }];
  const pathOf = (value: TracedValue): readonly string[] => value.target?.path ?? [];
  let current: Spot | undefined;
  const sink: Sink = {
    write: (node, _how, stored, key) => void writes.push({ node, path: pathOf(stored), key }),
    escape: (node) =>
      void exits.push({
        node,
        how: 'escape',
        path: current === undefined ? [] : pathOf(current.value),
        to: undefined,
        wrapped: false,
      }),
    flow: (spot, at, how) => {
      const inside =
        spot.node.getSourceFile() === fn.getSourceFile() &&
        spot.node.pos >= fn.pos &&
        spot.node.end <= fn.end;
      if (inside && (spot.kind === 'local' || spot.kind === 'pattern' || spot.kind === 'cast')) {
        queue.push(spot);
        if (spot.value.wrappings.length === 0) aliases.push({ node: spot.node, path: pathOf(spot.value) });
      } else {
        exits.push({
          node: at,
          how,
          path: pathOf(spot.value),
          to: spot.node,
          wrapped: spot.value.wrappings.length > 0,
        });
      }
    },
  };
  for (current = queue.shift(); current !== undefined; current = queue.shift()) {
    const key = `${current.kind}:${current.node.pos}:${current.since?.pos ?? ''}:${JSON.stringify(current.value)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    trace(session, current, sink);
  }
  return { writes, exits, aliases };
}
