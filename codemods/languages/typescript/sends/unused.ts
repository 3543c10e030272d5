// Takes out what nothing uses any more because of the rewrite: imports, locals, private members, functions of a module.
// What nobody used before stays as it is.
import { ts } from 'ts-morph';
import { hasModifier } from '../contract-slots.ts';
import type { FileName } from '../ranges.ts';
import { statementsOf } from './folding.ts';
import { isHarmless } from './harmless.ts';
import { isOnlyWritten } from './piece-loops.ts';
import type { Name, ReferenceIndex } from './reference-index.ts';
import type { PlannedEdits, TextPlan } from './text-plan.ts';

/** Removes until nothing more is unused; the edits of all that. */
export function removeUnused(
  plan: TextPlan,
  index: ReferenceIndex,
  name: FileName,
  checker: ts.TypeChecker,
  importUses: ReadonlyMap<ts.Node, readonly Name[]>,
): PlannedEdits {
  const candidates = index.files.flatMap(declarationsIn);
  for (let round = 0; ; round += 1) {
    const planned = plan.emit(index.files, name);
    const isGone = (declaration: ts.Node, uses: readonly Name[]): boolean => {
      if (uses.length === 0) return false;
      if (uses.some((use) => planned.retained.has(use) && !isWithin(use, declaration))) return false;
      const words = uses.map((use) => use.getText());
      return ![...planned.words].some(([file, known]) =>
        words.some(
          (word) => known.has(isMember(declaration) ? `.${word}` : word) && index.files.includes(file),
        ),
      );
    };
    let changed = false;
    const take = (node: ts.Node): void => {
      if (plan.isRemoved(node)) return;
      plan.remove(node);
      changed = true;
    };
    for (const candidate of candidates) {
      if (isInRemoved(plan, candidate)) continue;
      const uses = index.uses(candidate);
      if (isGone(candidate, uses)) removeDeclaration(checker, plan, candidate, take);
      else if (isVariable(candidate)) {
        // What is only written to any more goes with everything that writes to it.
        const left = uses.filter((use) => planned.retained.has(use));
        const wasRead = uses.some((use) => !planned.retained.has(use) && !isOnlyWritten(target(use)));
        if (!wasRead || !left.every((use) => isOnlyWritten(target(use)))) continue;
        const rest = uses.filter((use) => !left.includes(use));
        if (left.length === 0 || !isGone(candidate, rest)) continue;
        const statements = left.map((use) => removable(target(use)));
        if (statements.some((one) => one === undefined)) continue;
        for (const statement of statements) if (statement !== undefined) take(statement);
        removeDeclaration(checker, plan, candidate, take);
      }
    }
    for (const [specifier, uses] of importUses)
      if (!plan.isRemoved(specifier) && isGone(specifier, uses))
        take(ts.isNamespaceImport(specifier) ? specifier.parent.parent : specifier);
    for (const file of index.files) changed = collapseLists(plan, file) || changed;
    if (!changed || round > 20) return planned;
  }
}

/** A local or a private field that may be written to. */
function isVariable(node: ts.Node): boolean {
  return ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
}

/** What an assignment to the name has on its left. */
function target(use: ts.Node): ts.Node {
  return ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
}

/** The statement around a write that can go: with the loop or condition that does nothing else. */
function removable(node: ts.Node): ts.Node | undefined {
  let at = node;
  while (!ts.isStatement(at)) at = at.parent;
  for (;;) {
    const { parent } = at as { parent: ts.Node };
    const isOnly = ts.isBlock(parent) && parent.statements.length === 1 && !ts.isFunctionLike(parent.parent);
    const body = isOnly ? parent : at;
    const holder = body.parent;
    const isLoop = ts.isForOfStatement(holder) || ts.isForInStatement(holder);
    const isBranch = ts.isIfStatement(holder) && holder.elseStatement === undefined;
    if ((isLoop || isBranch) && isHarmless(holder.expression)) at = holder;
    else return statementsOf(parent) === undefined ? undefined : at;
  }
}

function isMember(declaration: ts.Node): boolean {
  return ts.isClassElement(declaration);
}

function isWithin(node: ts.Node, outer: ts.Node): boolean {
  return node.getSourceFile() === outer.getSourceFile() && node.pos >= outer.pos && node.end <= outer.end;
}

function isInRemoved(plan: TextPlan, node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent)
    if (plan.isRemoved(at)) return true;
  return false;
}

/** Declarations that only their own module, function or class can use. */
function declarationsIn(file: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    const isHidden =
      !hasModifier(node, ts.SyntaxKind.ExportKeyword) && !hasModifier(node, ts.SyntaxKind.DeclareKeyword);
    if (
      (ts.isFunctionDeclaration(node) ||
        ts.isTypeAliasDeclaration(node) ||
        ts.isInterfaceDeclaration(node)) &&
      isHidden
    )
      found.push(node);
    if (ts.isVariableDeclaration(node) || ts.isBindingElement(node)) {
      const list = listOf(node);
      const isElement = ts.isBindingElement(node) && list !== undefined && ts.isForOfStatement(list.parent);
      const isLocal =
        isElement ||
        (list !== undefined &&
          ts.isVariableStatement(list.parent) &&
          !hasModifier(list.parent, ts.SyntaxKind.ExportKeyword));
      if (isLocal && ts.isIdentifier(node.name)) found.push(node);
    }
    const isPrivate =
      node.kind !== ts.SyntaxKind.Constructor &&
      ts.isClassElement(node) &&
      node.name !== undefined &&
      (ts.isPrivateIdentifier(node.name) || hasModifier(node, ts.SyntaxKind.PrivateKeyword));
    if (isPrivate) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function listOf(node: ts.VariableDeclaration | ts.BindingElement): ts.VariableDeclarationList | undefined {
  let at: ts.Node = node;
  while (ts.isBindingElement(at)) at = at.parent.parent;
  return ts.isVariableDeclaration(at) && ts.isVariableDeclarationList(at.parent) ? at.parent : undefined;
}

function removeDeclaration(
  checker: ts.TypeChecker,
  plan: TextPlan,
  node: ts.Node,
  take: (node: ts.Node) => void,
): void {
  if (ts.isVariableDeclaration(node)) {
    if (!ts.isVariableDeclarationList(node.parent)) return;
    const statement = node.parent.parent;
    const isOnly = node.parent.declarations.every((one) => one === node || plan.isRemoved(one));
    const { initializer } = node;
    const isFunction = initializer !== undefined && ts.isFunctionLike(initializer);
    if (initializer !== undefined && !isFunction && !isHarmless(initializer)) {
      // What it is made with has to happen all the same.
      if (isOnly && !plan.isDecided(statement)) plan.replace(statement, [initializer, ';']);
      return;
    }
    if (isOnly) take(statement);
    else take(node);
    return;
  }
  if (ts.isBindingElement(node)) {
    const pattern = node.parent;
    const others = pattern.elements.filter((one) => one !== node && !plan.isRemoved(one));
    if (ts.isArrayBindingPattern(pattern)) leaveOut(checker, plan, pattern, node);
    if (ts.isArrayBindingPattern(pattern) || node.initializer !== undefined) return;
    if (others.some((one) => ts.isBindingElement(one) && one.dotDotDotToken !== undefined)) return;
    if (others.length > 0) {
      take(node);
      return;
    }
    const declaration = pattern.parent;
    if (ts.isVariableDeclaration(declaration)) removeDeclaration(checker, plan, declaration, take);
    return;
  }
  if (ts.isPropertyDeclaration(node) && node.initializer !== undefined && !isHarmless(node.initializer))
    return;
  take(node);
}

/** `[at, each] of list.entries()` without `at` is `each of list`; elsewhere a gap is left. */
function leaveOut(
  checker: ts.TypeChecker,
  plan: TextPlan,
  pattern: ts.ArrayBindingPattern,
  node: ts.BindingElement,
): void {
  if (plan.isDecided(node) || plan.isDecided(pattern)) return;
  const loop = pattern.parent.parent.parent;
  const [first, second] = pattern.elements;
  const over = ts.isForOfStatement(loop) ? loop.expression : undefined;
  const isEntries =
    over !== undefined &&
    ts.isCallExpression(over) &&
    ts.isPropertyAccessExpression(over.expression) &&
    over.expression.name.text === 'entries' &&
    over.arguments.length === 0 &&
    pattern.elements.length === 2;
  if (
    isEntries &&
    first === node &&
    second !== undefined &&
    ts.isBindingElement(second) &&
    second.initializer === undefined
  ) {
    const { expression } = over.expression as ts.PropertyAccessExpression;
    // A map would give pairs.
    if (checker.isArrayLikeType(checker.getTypeAtLocation(expression))) {
      plan.replace(pattern, [second.name]);
      plan.replace(over, [expression]);
      return;
    }
  }
  plan.replace(node, ['']);
}

/** A list without names goes with its import. */
function collapseLists(plan: TextPlan, file: ts.SourceFile): boolean {
  let changed = false;
  for (const statement of file.statements) {
    if (plan.isRemoved(statement)) continue;
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    const list = bindings ?? (ts.isExportDeclaration(statement) ? statement.exportClause : undefined);
    if (
      list === undefined ||
      !(ts.isNamedImports(list) || ts.isNamedExports(list)) ||
      list.elements.length === 0
    )
      continue;
    const hasDefault = ts.isImportDeclaration(statement) && statement.importClause?.name !== undefined;
    if (hasDefault || ![...list.elements].every((one) => plan.isRemoved(one))) continue;
    plan.remove(statement);
    changed = true;
  }
  return changed;
}

/** Uses of every imported name, by its specifier. */
export function usesOfImports(
  checker: ts.TypeChecker,
  files: readonly ts.SourceFile[],
): ReadonlyMap<ts.Node, readonly Name[]> {
  const found = new Map<ts.Node, Name[]>();
  for (const file of files) {
    const specifiers = new Map<string, ts.ImportSpecifier | ts.NamespaceImport>();
    for (const statement of file.statements) {
      const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
      if (bindings !== undefined && ts.isNamespaceImport(bindings))
        specifiers.set(bindings.name.text, bindings);
      if (bindings !== undefined && ts.isNamedImports(bindings))
        for (const element of bindings.elements) specifiers.set(element.name.text, element);
    }
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node)) return;
      const specifier = ts.isIdentifier(node) ? specifiers.get(node.text) : undefined;
      if (specifier !== undefined && ts.isIdentifier(node) && namesSpecifier(checker, node, specifier)) {
        const list = found.get(specifier) ?? [];
        list.push(node);
        found.set(specifier, list);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

function namesSpecifier(
  checker: ts.TypeChecker,
  node: ts.Identifier,
  specifier: ts.ImportSpecifier | ts.NamespaceImport,
): boolean {
  const { parent } = node;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : ts.isExportSpecifier(parent)
      ? checker.getExportSpecifierLocalTargetSymbol(parent)
      : checker.getSymbolAtLocation(node);
  return symbol?.declarations?.includes(specifier) === true;
}
