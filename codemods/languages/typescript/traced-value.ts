// The value that is followed: where in the contract's parameter it comes from, and what was freshly made around it.
import type { ts } from 'ts-morph';
import type { Flow, PlaceKind } from '../../facts/place.ts';
import type { Target, Wrapping } from './place-registry.ts';
import type { Session } from './session.ts';

/** A value on its way. */
export interface TracedValue {
  readonly target: Target | undefined;
  readonly wrappings: readonly Wrapping[];
}

/** A spot that a value arrives at, before it is a place. */
export interface Spot {
  readonly kind: PlaceKind;
  readonly node: ts.Node;
  readonly value: TracedValue;
  readonly since?: ts.Node;
}

/** Receives what tracing finds. */
export interface Sink {
  /** `stored` is the object that is stored to; `key` the member, where it is known. */
  write(node: ts.Node, how: string, stored: TracedValue, key: string | undefined): void;
  flow(spot: Spot, at: ts.Node, how: Flow['how']): void;
  escape(node: ts.Node, reason: string): void;
}

/** Follows expressions; calls are followed by the tracer that is made from it. */
export interface Tracer {
  readonly session: Session;
  readonly sink: Sink;
  /** The expression has the value: what becomes of it there. */
  climb(expression: ts.Expression, value: TracedValue | undefined): void;
  /** The value is given to a variable, member or pattern. */
  assign(left: ts.Expression, value: TracedValue, at: ts.Node): void;
  /** The value is bound to declared names. */
  bind(name: ts.BindingName, declaration: ts.Node, value: TracedValue, at: ts.Node, how: Flow['how']): void;
  /** What of an argument comes back as the result of the function. */
  returned(
    fn: ts.SignatureDeclaration,
    parameter: ts.ParameterDeclaration,
    value: TracedValue,
  ): readonly TracedValue[];
}

const MAX_WRAPPINGS = 4;

/** What is behind a member (`undefined`: some member); undefined where the value is not behind it. */
export function memberOf(value: TracedValue, key: string | undefined): TracedValue | undefined {
  const [outer, ...inner] = value.wrappings;
  if (outer === undefined) return { wrappings: [], target: below(value.target, key) };
  if (key !== undefined && outer.only !== undefined && outer.only !== key) return undefined;
  if (key !== undefined && outer.except?.includes(key) === true) return undefined;
  return {
    wrappings: inner,
    target: outer.copy === true && inner.length === 0 ? below(value.target, key) : value.target,
  };
}

function below(target: Target | undefined, key: string | undefined): Target | undefined {
  return target === undefined ? undefined : { ...target, path: [...target.path, key ?? '[]'] };
}

/** The value inside something made around it; undefined where that is too deep to follow. */
export function wrapped(value: TracedValue, wrapping: Wrapping): TracedValue | undefined {
  return value.wrappings.length >= MAX_WRAPPINGS
    ? undefined
    : { ...value, wrappings: [wrapping, ...value.wrappings] };
}

/** A copy, member by member, without the members in `except`. A copy of a wrapping is the same wrapping made anew. */
export function copied(value: TracedValue, except: readonly string[]): TracedValue | undefined {
  const [outer, ...inner] = value.wrappings;
  if (outer === undefined)
    return wrapped(value, except.length === 0 ? { copy: true } : { copy: true, except });
  if (outer.only !== undefined && except.includes(outer.only)) return undefined;
  const all = [...(outer.except ?? []), ...except];
  return { ...value, wrappings: [all.length === 0 ? outer : { ...outer, except: all }, ...inner] };
}

/** Writing here writes to the value itself. */
export function isShared(value: TracedValue): boolean {
  return value.wrappings.length === 0;
}
