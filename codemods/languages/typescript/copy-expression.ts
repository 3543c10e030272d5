// Spells a copy that is exactly as deep as what is written to.
import { ts } from 'ts-morph';
import { isPrimitive, isTypedArrayName, libraryName } from './type-facts.ts';

type Copy = { readonly text: string } | { readonly cannot: string };

interface Tree {
  readonly children: Map<string, Tree>;
}

/** A copy of `name`; `paths` are the objects below it that are stored to. `whole`: everything that could be stored to. */
export function copyExpression(
  checker: ts.TypeChecker,
  name: string,
  type: ts.Type,
  paths: readonly (readonly string[])[],
  whole: boolean,
): Copy {
  const tree: Tree = { children: new Map() };
  for (const path of paths) {
    let at = tree;
    for (const step of path) {
      const child: Tree = at.children.get(step) ?? { children: new Map() };
      at.children.set(step, child);
      at = child;
    }
  }
  return copy(checker, name, type, tree, whole, 0);
}

function copy(
  checker: ts.TypeChecker,
  text: string,
  declared: ts.Type,
  tree: Tree,
  whole: boolean,
  depth: number,
): Copy {
  const type = checker.getNonNullableType(declared);
  if (type !== declared && (declared.flags & ts.TypeFlags.Any) === 0)
    return { cannot: `${text} may be absent` };
  if (depth > 5) return { cannot: `${text} is too deep to copy` };
  if (type.isUnion()) return { cannot: `${text} has several shapes` };
  const name = libraryName(type);
  if (isTypedArrayName(name))
    return {
      text: name === 'Buffer' || name === 'NonSharedBuffer' ? `Buffer.from(${text})` : `${text}.slice()`,
    };
  if (name === 'Map' || name === 'Set' || name === 'Date') return { text: `new ${name}(${text})` };
  if (checker.isArrayType(type)) {
    const inner = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    const deep = tree.children.size > 0 || (whole && inner !== undefined && !isPrimitive(inner));
    return deep ? { cannot: `the elements of ${text} are written to` } : { text: `[...${text}]` };
  }
  if (name !== undefined || type.isClass())
    return { cannot: `${text} is an instance of a class, and a copy would be none` };
  const members: string[] = [];
  for (const member of checker.getPropertiesOfType(type)) {
    const child = tree.children.get(member.name);
    const memberType = checker.getTypeOfSymbol(member);
    if (child === undefined && !(whole && isCopied(checker, memberType))) continue;
    if ((member.flags & ts.SymbolFlags.Optional) !== 0)
      return { cannot: `${text}.${member.name} may be absent` };
    const inner = copy(
      checker,
      `${text}.${member.name}`,
      memberType,
      child ?? { children: new Map() },
      whole,
      depth + 1,
    );
    if ('cannot' in inner) return inner;
    members.push(`${member.name}: ${inner.text}`);
  }
  const unknown = [...tree.children.keys()].find((key) => checker.getPropertyOfType(type, key) === undefined);
  if (unknown !== undefined) return { cannot: `${text}.${unknown} is not declared` };
  return { text: `{ ...${text}${members.map((member) => `, ${member}`).join('')} }` };
}

function isCopied(checker: ts.TypeChecker, type: ts.Type): boolean {
  const subject = checker.getNonNullableType(type);
  return !isPrimitive(subject) && subject.getCallSignatures().length === 0;
}
