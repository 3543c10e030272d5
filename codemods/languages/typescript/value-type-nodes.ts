// Which parts of an annotation type the value itself, where arrays, maps or literals stand around it.
import { ts } from 'ts-morph';
import type { Wrapping } from './place-registry.ts';

/** Types of the library that hold values of their last type argument. */
const HOLDERS =
  /^(?:(?:Readonly)?(?:Array|Map|Set)|WeakMap|WeakSet|Promise|PromiseLike|Record|(?:Async)?Iter(?:able|ator|ableIterator))$/;

/**
 * The type nodes that stand for the value: `Header` in `Map<number, Header | undefined>`. None where a named type is
 * around it, whose member is a place of its own.
 */
export function valueTypeNodes(node: ts.TypeNode, wrappings: readonly Wrapping[]): readonly ts.TypeNode[] {
  if (ts.isParenthesizedTypeNode(node)) return valueTypeNodes(node.type, wrappings);
  if (ts.isUnionTypeNode(node)) return node.types.flatMap((part) => valueTypeNodes(part, wrappings));
  const [outer, ...inner] = wrappings;
  if (outer === undefined) return [node];
  if (ts.isArrayTypeNode(node)) return valueTypeNodes(node.elementType, inner);
  if (ts.isTypeOperatorNode(node)) return valueTypeNodes(node.type, wrappings);
  if (ts.isTupleTypeNode(node)) {
    return node.elements.flatMap((element) =>
      valueTypeNodes(ts.isNamedTupleMember(element) ? element.type : element, inner),
    );
  }
  if (ts.isTypeReferenceNode(node)) {
    const last = HOLDERS.test(node.typeName.getText()) ? node.typeArguments?.at(-1) : undefined;
    return last === undefined ? [] : valueTypeNodes(last, inner);
  }
  if (!ts.isTypeLiteralNode(node)) return [];
  const member = node.members.find((one) => outer.only !== undefined && one.name?.getText() === outer.only);
  const type = member !== undefined && ts.isPropertySignature(member) ? member.type : undefined;
  return type === undefined ? [] : valueTypeNodes(type, inner);
}
