// How a place can give an item back: the shortest expression in scope that leads to the engine's own release.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { givenValues } from './given-values.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { isCalledLike, type ReleaseFunction, type Releases } from './release-functions.ts';

/** What a search needs. */
export interface ReachInput {
  readonly session: Session;
  readonly index: ReferenceIndex;
  readonly releases: Releases;
}

/** A call that releases `item` at `place`, as text without a semicolon; undefined where nothing of the kind is in scope. */
export function releaseCall(input: ReachInput, item: ts.Expression, place: ts.Node): string | undefined {
  // Through the slot where that can be; what the slot does inside is as good.
  return (
    callThat(input, item, place, (release) => release.isInside !== true) ??
    callThat(input, item, place, () => true)
  );
}

function callThat(
  input: ReachInput,
  item: ts.Expression,
  place: ts.Node,
  isWanted: (release: ReleaseFunction) => boolean,
): string | undefined {
  const checker = input.session.checker();
  const type = checker.getTypeAtLocation(item);
  const text = item.getText();
  const fits = (release: ReleaseFunction): boolean => {
    const parameter = release.fn.parameters[release.item];
    if (parameter === undefined || !isWanted(release)) return false;
    const needed = release.fn.parameters.filter(
      (one, at) => at !== release.item && one.questionToken === undefined && one.initializer === undefined,
    );
    if (!release.isSlot && needed.length > 0) return false;
    return checker.isTypeAssignableTo(type, checker.getTypeAtLocation(parameter));
  };
  const callOf = (access: string, handle: string, release: ReleaseFunction): string | undefined => {
    if (!fits(release)) return undefined;
    if (!release.isSlot) return `${access}(${text})`;
    return release.fn.parameters.length === 3 ? `${access}(${handle}, undefined, ${text})` : undefined;
  };
  const within = (holder: string, of: ts.Type): string | undefined => {
    for (const member of checker.getPropertiesOfType(checker.getNonNullableType(of))) {
      const declaration = member.declarations?.[0];
      if (declaration === undefined || !ts.isPropertySignature(declaration)) continue;
      const release = input.releases.heldBy(declaration);
      const call = release && callOf(`${holder}.${member.name}`, holder, release);
      if (call !== undefined) return call;
    }
    for (const release of input.releases.all()) {
      const { fn } = release;
      if (!ts.isMethodDeclaration(fn) || ts.isPrivateIdentifier(fn.name)) continue;
      const member = checker.getPropertyOfType(checker.getNonNullableType(of), fn.name.getText());
      if (member?.declarations?.includes(fn) !== true || !isOnlyOne(input, fn.parent)) continue;
      const call = callOf(`${holder}.${fn.name.getText()}`, holder, release);
      if (call !== undefined) return call;
    }
    return undefined;
  };
  return ofThis(input, place, callOf, within) ?? ofScope(input, place, callOf, within);
}

type CallOf = (access: string, handle: string, release: ReleaseFunction) => string | undefined;
type Within = (holder: string, of: ts.Type) => string | undefined;

/** One object of the class in the whole engine, so that any of its type is the right one. */
function isOnlyOne({ index }: ReachInput, owner: ts.Node): boolean {
  return !ts.isClassLike(owner) || classUses(index, owner) <= 1;
}

function classUses(index: ReferenceIndex, owner: ts.ClassLikeDeclaration): number {
  return index.uses(owner).filter((use) => ts.isNewExpression(use.parent) && use.parent.expression === use)
    .length;
}

/** Members of the object around: a method that releases, a field that holds one, a field of an object that has one. */
function ofThis(input: ReachInput, place: ts.Node, callOf: CallOf, within: Within): string | undefined {
  const owner = classAround(place);
  if (owner === undefined) return undefined;
  const checker = input.session.checker();
  for (const member of owner.members) {
    const name = member.name?.getText();
    if (name === undefined) continue;
    if (ts.isMethodDeclaration(member)) {
      const release = input.releases.of(member);
      const call = release && callOf(`this.${name}`, 'this', release);
      if (call !== undefined) return call;
    } else if (ts.isPropertyDeclaration(member)) {
      const release = input.releases.of(member.initializer) ?? input.releases.heldBy(member);
      const call =
        release === undefined
          ? within(`this.${name}`, checker.getTypeAtLocation(member))
          : callOf(`this.${name}`, 'this', release);
      if (call !== undefined) return call;
    }
  }
  for (const parameter of owner.members.find(ts.isConstructorDeclaration)?.parameters ?? []) {
    if (!ts.isParameterPropertyDeclaration(parameter, parameter.parent)) continue;
    const name = parameter.name.getText();
    const release = input.releases.heldBy(parameter);
    const call =
      release === undefined
        ? within(`this.${name}`, checker.getTypeAtLocation(parameter))
        : callOf(`this.${name}`, 'this', release);
    if (call !== undefined) return call;
  }
  return inherited(input, owner, callOf);
}

/** A method that releases and that a base class has. */
function inherited(input: ReachInput, owner: ts.ClassLikeDeclaration, callOf: CallOf): string | undefined {
  const type = input.session.checker().getTypeAtLocation(owner);
  for (const release of input.releases.all()) {
    const { fn } = release;
    if (!ts.isMethodDeclaration(fn) || ts.isPrivateIdentifier(fn.name)) continue;
    const name = fn.name.getText();
    const member = input.session.checker().getPropertyOfType(type, name);
    const call =
      member?.declarations?.includes(fn) === true ? callOf(`this.${name}`, 'this', release) : undefined;
    if (call !== undefined) return call;
  }
  return undefined;
}

/** The class whose `this` a place sees. */
function classAround(place: ts.Node): ts.ClassLikeDeclaration | undefined {
  for (let at = place.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionDeclaration(at) || ts.isFunctionExpression(at)) return undefined;
    if (ts.isClassLike(at)) return at;
  }
  return undefined;
}

/** Names in scope: parameters, locals, functions of the module and imported ones. */
function ofScope(input: ReachInput, place: ts.Node, callOf: CallOf, within: Within): string | undefined {
  const checker = input.session.checker();
  const inScope = checker
    .getSymbolsInScope(place, ts.SymbolFlags.Value)
    .filter((symbol) => isNear(symbol, place));
  for (const symbol of inScope) {
    const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target.declarations?.[0];
    if (declaration === undefined) continue;
    if (!(symbol.flags & ts.SymbolFlags.Alias) && isLater(declaration, place)) continue;
    const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    const release = input.releases.of(value) ?? input.releases.heldBy(declaration);
    const call = release && callOf(symbol.name, symbol.name, release);
    if (call !== undefined) return call;
  }
  for (const symbol of inScope) {
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined || isLater(declaration, place)) continue;
    if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) continue;
    const call =
      within(symbol.name, checker.getTypeAtLocation(declaration)) ??
      ofLiteral(input, declaration, symbol.name, callOf);
    if (call !== undefined) return call;
  }
  return undefined;
}

/** `handle.release(handle, undefined, item)` for an engine that is an object literal. */
function ofLiteral(
  input: ReachInput,
  declaration: ts.Node,
  name: string,
  callOf: CallOf,
): string | undefined {
  const values = givenValues(input.index, declaration);
  const [first] = values;
  if (first === undefined || !ts.isObjectLiteralExpression(first)) return undefined;
  for (const property of first.properties) {
    const key = property.name?.getText();
    const release = key === undefined ? undefined : releaseUnder(input, first, key);
    // Whichever of them it is, it has to give the item back.
    if (key === undefined || release === undefined) continue;
    if (!values.every((value) => isCalledLike(releaseUnder(input, value, key), release))) continue;
    const call = callOf(`${name}.${key}`, name, release);
    if (call !== undefined) return call;
  }
  return undefined;
}

/** The release that a literal has under a name. */
function releaseUnder(input: ReachInput, value: ts.Expression, key: string): ReleaseFunction | undefined {
  if (!ts.isObjectLiteralExpression(value)) return undefined;
  const property = value.properties.find((one) => one.name?.getText() === key);
  if (property === undefined) return undefined;
  return input.releases.of(ts.isPropertyAssignment(property) ? property.initializer : property);
}

function isNear(symbol: ts.Symbol, place: ts.Node): boolean {
  const file = place.getSourceFile();
  return symbol.declarations?.some((one) => one.getSourceFile() === file) === true;
}

/** A local that is declared after the place has no value there yet. */
function isLater(declaration: ts.Node, place: ts.Node): boolean {
  if (!ts.isVariableDeclaration(declaration)) return false;
  const isOuter = !sameFunction(declaration, place);
  return !isOuter && declaration.getSourceFile() === place.getSourceFile() && declaration.pos > place.pos;
}

function sameFunction(a: ts.Node, b: ts.Node): boolean {
  const fn = (node: ts.Node): ts.Node | undefined => {
    let at: ts.Node | undefined = node.parent;
    while (at !== undefined && !ts.isFunctionLike(at)) at = at.parent;
    return at;
  };
  return fn(a) === fn(b);
}
