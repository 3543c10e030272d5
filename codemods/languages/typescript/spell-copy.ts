// Gives a function a copy of its parameter to write to, where nobody can tell the difference.
import { ts } from 'ts-morph';
import type { Spelling } from '../../facts/place.ts';
import type { TextEdit } from '../../facts/text.ts';
import { copyExpression } from './copy-expression.ts';
import { objectionsToCopy } from './copy-objections.ts';
import { fileStyle, indentationAt } from './file-style.ts';
import { type LocalUse, localUse } from './local-use.ts';
import { annotationOf, type PlaceRecord, type PlaceRegistry } from './place-registry.ts';
import { textOf } from './ranges.ts';
import { variableUses } from './references.ts';
import type { Session } from './session.ts';
import { spellReadOnly } from './spell-read-only.ts';
import { isPrimitive, isTypedArrayName, libraryName } from './type-facts.ts';

/** Edits for a local copy, or why there must not be one. */
export function spellCopy(session: Session, places: PlaceRegistry, record: PlaceRecord): Spelling {
  const { node } = record;
  if (!ts.isParameter(node) || !ts.isIdentifier(node.name))
    return { cannot: 'the parameter is taken apart where it is declared' };
  const fn = node.parent;
  const body = (fn as { body?: ts.Node }).body;
  if (body === undefined) return { cannot: 'there is no function body here' };
  if (!ts.isBlock(body)) return { cannot: 'the function is one expression, with no room for a copy' };
  if (node.dotDotDotToken !== undefined || node.initializer !== undefined || node.questionToken !== undefined)
    return { cannot: 'the parameter is not always there' };
  const use = localUse(session, node);
  const uses = variableUses(session, node);
  const objection = objectionsToCopy(session, node, body, use, uses);
  if (objection !== undefined) return { cannot: objection };

  const readOnly = spellReadOnly(session, places, record);
  if ('cannot' in readOnly) return readOnly;
  const name = freeName(node.getSourceFile(), `${node.name.text}Copy`);
  // Where the copy goes on to something that wants the mutable type, all of it has to be a copy, and say so.
  const whole = wantsWhole(session, node, use);
  const checker = session.checker();
  const expression = copyExpression(
    checker,
    node.name.text,
    checker.getTypeAtLocation(node),
    use.writes.map((write) => write.path),
    whole,
  );
  if ('cannot' in expression) return expression;
  const type = annotationOf(node);
  const declaration = `const ${name}${whole && type !== undefined ? `: ${textOf(type)}` : ''} = ${expression.text}`;
  return {
    edits: [...readOnly.edits, ...replacements(session, uses, name), insertion(session, body, declaration)],
  };
}

/** The copy, or a part of it that is not copied for the writes alone, goes on to something that is spelled mutable. */
function wantsWhole(session: Session, parameter: ts.ParameterDeclaration, use: LocalUse): boolean {
  const goesOn = [
    ...use.exits.flatMap(({ how, to, path }) =>
      how === 'argument' && to !== undefined ? [{ to, path }] : [],
    ),
    ...use.aliases.map(({ node, path }) => ({ to: node, path })),
  ];
  return goesOn.some(
    ({ to, path }) =>
      annotationOf(to) !== undefined && !(isCopied(use, path) && isFlat(session, parameter, path)),
  );
}

function isCopied(use: LocalUse, path: readonly string[]): boolean {
  return use.writes.some(
    (write) => write.path.length === path.length && write.path.every((step, index) => step === path[index]),
  );
}

/** Nothing below the path would have to be copied with it. */
function isFlat(session: Session, parameter: ts.ParameterDeclaration, path: readonly string[]): boolean {
  const checker = session.checker();
  let type = checker.getNonNullableType(checker.getTypeAtLocation(parameter));
  for (const step of path) {
    const member = checker.getPropertyOfType(type, step);
    if (member === undefined) return false;
    type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
  }
  if (isTypedArrayName(libraryName(type))) return true;
  return checker.getPropertiesOfType(type).every((member) => isPrimitive(checker.getTypeOfSymbol(member)));
}

function freeName(source: ts.SourceFile, wanted: string): string {
  let name = wanted;
  for (
    let index = 2;
    new RegExp(`(?<![\\w$])${name.replace(/[$]/g, '\\$&')}(?![\\w$])`).test(source.text);
    index += 1
  )
    name = `${wanted}${index}`;
  return name;
}

function replacements(session: Session, uses: readonly ts.Identifier[], name: string): readonly TextEdit[] {
  return uses.map((use): TextEdit => {
    const source = use.getSourceFile();
    const file = session.name(source.fileName);
    const isShorthand = ts.isShorthandPropertyAssignment(use.parent);
    return {
      file,
      start: use.getStart(source),
      end: use.end,
      text: isShorthand ? `${use.text}: ${name}` : name,
    };
  });
}

/** Before the first statement that is no directive, on a line of its own where the body has lines. */
function insertion(session: Session, body: ts.Block, declaration: string): TextEdit {
  const source = body.getSourceFile();
  const { eol, semicolon } = fileStyle(source);
  const file = session.name(source.fileName);
  const directives = body.statements.filter(
    (statement) => ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression),
  );
  const last = directives.at(-1);
  const at =
    last !== undefined && body.statements[directives.length - 1] === last
      ? last.end
      : body.getStart(source) + 1;
  const next = body.statements[directives.length];
  const isOneLine =
    next === undefined ||
    source.getLineAndCharacterOfPosition(next.getStart(source)).line ===
      source.getLineAndCharacterOfPosition(body.getStart(source)).line;
  const hazard = next !== undefined && /^[([`+\-/]/.test(next.getText(source));
  const end = semicolon === '' && (isOneLine || hazard) ? ';' : semicolon;
  if (isOneLine) return { file, start: at, end: at, text: ` ${declaration}${end}` };
  const indent = indentationAt(source.text, next.getStart(source));
  return { file, start: at, end: at, text: `${eol}${indent}${declaration}${end}` };
}
