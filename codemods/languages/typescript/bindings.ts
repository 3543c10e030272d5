// Finds every function that stands for a slot: in classes, literals, assignments, arguments, modules and mixins.
import { ts } from 'ts-morph';
import type { Concealment } from '../../facts/implementation.ts';
import { type BareExpression, type BoundFunction, bare, boundFunctions } from './bound-value.ts';
import { hasModifier } from './contract-slots.ts';
import { isAbstract, isHiddenMember, memberDeclarations, memberNames } from './members.ts';
import { looksLike } from './names.ts';
import {
  bindingNode,
  instanceType,
  moduleName,
  nameNode,
  nameOfHolder,
  type Owner,
  outermost,
  ownNameNode,
} from './owners.ts';
import { type FileName, rangeOf } from './ranges.ts';
import { matchShape } from './shape-match.ts';
import { basesOf, type ContractSlot, type TreeContract } from './tree-contract.ts';
import { isAny, isLibrarySymbol, isPrimitive } from './type-facts.ts';
import { isValuePosition, targetTypes } from './value-positions.ts';

/** A function in a slot. */
export interface Binding {
  readonly slot: ContractSlot;
  /** The contract's signature with the type arguments that this implementer gave. */
  readonly signature: ts.Signature;
  readonly fn: ts.SignatureDeclaration;
  readonly filled: number;
  readonly owner: Owner;
  /** Where the function is put into the slot. */
  readonly at: ts.Node;
  readonly confidence: 'certain' | 'likely';
  readonly concealed: Concealment | undefined;
}

/** A slot that an implementer lacks, or a member that was meant to be one. */
export interface Absence {
  readonly kind: 'missing-slot' | 'misspelt-slot';
  readonly slot: ContractSlot;
  readonly owner: Owner;
  /** The misspelt member's name, or the owner's. */
  readonly at: ts.Node;
  readonly found: string;
  readonly confidence: 'certain' | 'likely';
  readonly concealed: Concealment | undefined;
}

/** Everything found in some files. */
export interface Bindings {
  readonly bindings: readonly Binding[];
  readonly absences: readonly Absence[];
}

interface Filling {
  readonly owner: Owner;
  readonly at?: ts.Node;
  readonly confidence: 'certain' | 'likely';
  readonly concealed: Concealment | undefined;
  /** Leave out what is absent: the value is known to be a part only. */
  readonly partial?: boolean;
}

/** Looks for bindings in the given files. */
export function findBindings(
  checker: ts.TypeChecker,
  contract: TreeContract,
  name: FileName,
  files: readonly ts.SourceFile[],
): Bindings {
  const functions = boundFunctions(checker, name);
  const bindings: Binding[] = [];
  const absences: Absence[] = [];
  const filled = new Set<string>();

  const bind = (
    slot: ContractSlot,
    signature: ts.Signature,
    bound: BoundFunction,
    filling: Filling,
    at: ts.Node,
  ): void => {
    // A slot's own declaration is no implementation of it.
    if (contract.slotOfMember(bound.node) !== undefined || isSlotDeclaration(contract, bound.node)) return;
    const concealed = bound.concealed ?? filling.concealed;
    bindings.push({
      slot,
      signature,
      fn: bound.node,
      filled: bound.filled,
      owner: filling.owner,
      at,
      confidence: filling.confidence,
      concealed,
    });
  };

  /** Every slot of `target` against the members of `value`. */
  const fill = (
    value: ts.Type,
    slots: ReadonlyMap<string, ContractSlot>,
    target: ts.Type | undefined,
    filling: Filling,
    depth = 0,
  ): void => {
    const key = `${filling.confidence}:${(value as { id?: number }).id}:${(target as { id?: number } | undefined)?.id}`;
    if (filled.has(key) || isAny(value) || isPrimitive(value)) return;
    filled.add(key);
    const absent: ContractSlot[] = [];
    for (const [slotName, slot] of slots) {
      const member = checker.getPropertyOfType(value, slotName);
      if (member === undefined || isAbstract(member)) absent.push(slot);
      if (member === undefined || isOwnDeclaration(contract, member)) continue;
      const signature = signatureFor(slot, target, slotName);
      for (const declaration of memberDeclarations(member)) {
        for (const bound of functions.ofDeclaration(declaration))
          bind(slot, signature, bound, filling, filling.at ?? nameNode(declaration));
      }
    }
    if (filling.partial !== true) noteAbsent(value, slots, target, absent, filling);
    if (target === undefined || depth > 2) return;
    for (const inner of checker.getPropertiesOfType(target)) {
      if (slots.has(inner.name)) continue;
      const innerTarget = checker.getNonNullableType(checker.getTypeOfSymbol(inner));
      const innerSlots = isPrimitive(innerTarget) ? undefined : contract.slotsOfType(innerTarget);
      const member =
        innerSlots !== undefined && innerSlots.size > 0
          ? checker.getPropertyOfType(value, inner.name)
          : undefined;
      if (innerSlots === undefined || member === undefined || isOwnDeclaration(contract, member)) continue;
      const innerValue = checker.getNonNullableType(checker.getTypeOfSymbol(member));
      if (contract.isContainer(innerValue)) continue;
      const owner = {
        name: `${filling.owner.name}.${inner.name}`,
        node: nameNode(member.valueDeclaration ?? filling.owner.node),
      };
      fill(innerValue, innerSlots, innerTarget, { ...filling, owner }, depth + 1);
    }
  };

  const signatureFor = (slot: ContractSlot, target: ts.Type | undefined, slotName: string): ts.Signature => {
    const member = target && checker.getPropertyOfType(target, slotName);
    const [own] =
      member === undefined
        ? []
        : checker.getNonNullableType(checker.getTypeOfSymbol(member)).getCallSignatures();
    return own !== undefined && own.getDeclaration() === slot.signature.getDeclaration()
      ? own
      : slot.signature;
  };

  const noteAbsent = (
    value: ts.Type,
    slots: ReadonlyMap<string, ContractSlot>,
    target: ts.Type | undefined,
    absent: readonly ContractSlot[],
    filling: Filling,
  ): void => {
    const strangers = checker
      .getPropertiesOfType(value)
      .filter(
        (member) =>
          !slots.has(member.name) &&
          !isLibrarySymbol(member) &&
          !isHiddenMember(member) &&
          (target === undefined || checker.getPropertyOfType(target, member.name) === undefined) &&
          isCallable(member),
      );
    for (const slot of absent) {
      const near = strangers.find((member) => looksLike(member.name, slot.slot.name));
      const base = {
        slot,
        owner: filling.owner,
        confidence: filling.confidence,
        concealed: filling.concealed,
      };
      if (near?.valueDeclaration !== undefined) {
        absences.push({
          ...base,
          kind: 'misspelt-slot',
          at: nameNode(near.valueDeclaration),
          found: near.name,
        });
      } else if (slot.slot.required && !isOptionalIn(target, slot)) {
        absences.push({ ...base, kind: 'missing-slot', at: filling.owner.node, found: 'nothing' });
      }
    }
  };

  /** `Partial<Engine>` asks for nothing, whatever the contract says. */
  const isOptionalIn = (target: ts.Type | undefined, slot: ContractSlot): boolean => {
    if (target === undefined || contract.isContainer(target)) return false;
    const member = checker.getPropertyOfType(target, slot.slot.name);
    return (
      member !== undefined &&
      (member.flags & ts.SymbolFlags.Optional) !== 0 &&
      isOwnDeclaration(contract, member)
    );
  };

  const isCallable = (member: ts.Symbol): boolean =>
    checker.getNonNullableType(checker.getTypeOfSymbol(member)).getCallSignatures().length > 0;

  /** A container, or something with a container in it, such as an engine's `dcp`. */
  const holdsSlots = (type: ts.Type): boolean =>
    contract.slotsOfType(type).size > 0 ||
    checker.getPropertiesOfType(type).some((member) => {
      const inner = checker.getNonNullableType(checker.getTypeOfSymbol(member));
      return (
        !isLibrarySymbol(member) &&
        !isPrimitive(inner) &&
        contract.isContainer(inner) &&
        contract.slotsOfType(inner).size > 0
      );
    });

  const visitClass = (node: ts.ClassLikeDeclaration): void => {
    const type = instanceType(checker, node);
    if (type === undefined || isOwnClass(contract, node)) return;
    const owner = { name: node.name?.text ?? nameOfHolder(node), node: node.name ?? node };
    const bases = basesOf(checker, type).filter(holdsSlots);
    const partial = hasModifier(node, ts.SyntaxKind.AbstractKeyword);
    for (const base of bases)
      fill(type, contract.slotsOfType(base), base, {
        owner,
        confidence: 'certain',
        concealed: undefined,
        partial,
      });
    if (bases.length > 0) return;
    for (const slots of matchShape(contract.containers, memberNames(checker, type))) {
      fill(type, slots, undefined, { owner, confidence: 'likely', concealed: undefined, partial });
    }
  };

  const visitValue = (expression: ts.Expression): void => {
    const unwrapped = bare(expression, name);
    const targets = targetTypes(checker, expression);
    let matched = false;
    for (const target of targets) {
      const type = checker.getNonNullableType(target);
      if (bindCallback(type, expression)) matched = true;
      const slots = contract.slotsOfType(type);
      if (slots.size > 0) matched = fillFrom(unwrapped, slots, type) || matched;
      for (const construct of type.getConstructSignatures()) {
        const instance = construct.getReturnType();
        const wanted = contract.slotsOfType(instance);
        const made = checker
          .getTypeAtLocation(unwrapped.expression)
          .getConstructSignatures()[0]
          ?.getReturnType();
        if (wanted.size > 0 && made !== undefined && !contract.isContainer(made)) {
          fill(made, wanted, instance, fillingOf(unwrapped, made));
        }
      }
    }
    if (matched) return;
    if (ts.isObjectLiteralExpression(unwrapped.expression)) {
      const literal = unwrapped.expression;
      const type = checker.getTypeAtLocation(literal);
      for (const slots of matchShape(contract.containers, memberNames(checker, type))) {
        fill(type, slots, undefined, { ...fillingOf(unwrapped, type), confidence: 'likely' });
      }
    }
  };

  const bindCallback = (target: ts.Type, expression: ts.Expression): boolean => {
    const slot = target
      .getCallSignatures()
      .map((signature) => contract.slotOfSignature(signature))
      .find((one) => one !== undefined);
    if (slot === undefined || isMemberOfContainer(expression)) return false;
    const bound = functions.ofExpression(expression);
    const owner = { name: '', node: expression };
    for (const one of bound)
      bind(
        slot,
        slot.signature,
        one,
        { owner, confidence: 'certain', concealed: undefined },
        bindingNode(expression),
      );
    return bound.length > 0;
  };

  /** Members of a literal whose container is known are bound by their name, not by their type. */
  const isMemberOfContainer = (expression: ts.Expression): boolean => {
    const parent = expression.parent;
    const literal =
      ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent) ? parent.parent : undefined;
    if (literal === undefined || !ts.isObjectLiteralExpression(literal))
      return ts.isPropertyDeclaration(parent) && isSlotMember(parent);
    const key = parent as ts.PropertyAssignment | ts.ShorthandPropertyAssignment;
    return targetTypes(checker, outermost(literal)).some((target) =>
      contract.slotsOfType(checker.getNonNullableType(target)).has(key.name.getText()),
    );
  };

  const isSlotMember = (member: ts.PropertyDeclaration): boolean => {
    const type = ts.isClassLike(member.parent) ? instanceType(checker, member.parent) : undefined;
    return type !== undefined && contract.slotsOfType(type).has(member.name.getText());
  };

  const fillFrom = (
    unwrapped: BareExpression,
    slots: ReadonlyMap<string, ContractSlot>,
    target: ts.Type,
  ): boolean => {
    const value = checker.getTypeAtLocation(unwrapped.expression);
    if (ts.isObjectLiteralExpression(unwrapped.expression)) {
      const literal = unwrapped.expression;
      if (literal.properties.length === 0) return true;
      const partial = literal.properties.some(
        (one) => ts.isSpreadAssignment(one) && isAny(checker.getTypeAtLocation(one.expression)),
      );
      fill(value, slots, target, { ...fillingOf(unwrapped, value), partial });
      return true;
    }
    const parts = value.isUnion() ? value.types : [value];
    // Narrowing one of several possibilities to the container fills nothing.
    if (parts.some((part) => contract.isContainer(part))) return true;
    for (const part of parts) {
      const fillsAny = [...slots.keys()].some(
        (slotName) => checker.getPropertyOfType(part, slotName) !== undefined,
      );
      if (!isPrimitive(part) && fillsAny) fill(part, slots, target, fillingOf(unwrapped, part));
    }
    return true;
  };

  const fillingOf = (unwrapped: BareExpression, value: ts.Type): Filling => {
    const declaration = value.symbol?.declarations?.[0];
    const holder = ts.isObjectLiteralExpression(unwrapped.expression)
      ? unwrapped.expression
      : (declaration ?? unwrapped.expression);
    const owner = ts.isSourceFile(holder)
      ? { name: moduleName(holder), node: holder.statements[0] ?? holder }
      : { name: nameOfHolder(holder), node: ownNameNode(holder) };
    return { owner, confidence: 'certain', concealed: unwrapped.concealed };
  };

  const visitAssignment = (node: ts.BinaryExpression): void => {
    const left = node.left;
    const slotName = ts.isPropertyAccessExpression(left)
      ? left.name.text
      : ts.isElementAccessExpression(left) && ts.isStringLiteralLike(left.argumentExpression)
        ? left.argumentExpression.text
        : undefined;
    if (
      slotName === undefined ||
      !(ts.isPropertyAccessExpression(left) || ts.isElementAccessExpression(left))
    )
      return;
    const receiver = bare(left.expression, name);
    const type = checker.getNonNullableType(checker.getTypeAtLocation(receiver.expression));
    const slot = contract.slotsOfType(type).get(slotName);
    const owner = { name: receiver.expression.getText().replace(/\s+/g, ' '), node: left };
    const filling: Filling = { owner, confidence: 'certain', concealed: receiver.concealed };
    const at = node.operatorToken;
    if (slot !== undefined) {
      const signature = signatureFor(slot, type, slotName);
      for (const bound of functions.ofExpression(node.right)) bind(slot, signature, bound, filling, at);
    } else if (isAny(checker.getTypeAtLocation(left.expression))) {
      for (const slots of matchShape(contract.containers, new Set([slotName]), true)) {
        const likely = slots.get(slotName);
        const concealed = receiver.concealed ?? {
          kind: 'any' as const,
          range: rangeOf(name, left.expression),
          text: left.expression.getText(),
        };
        if (likely === undefined) continue;
        for (const bound of functions.ofExpression(node.right))
          bind(likely, likely.signature, bound, { ...filling, confidence: 'likely', concealed }, at);
      }
    }
  };

  const visitModule = (file: ts.SourceFile): void => {
    const symbol = checker.getSymbolAtLocation(file);
    if (symbol === undefined) return;
    const functionsByName = new Map<string, ts.Node>();
    for (const exported of checker.getExportsOfModule(symbol)) {
      const target =
        (exported.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(exported) : exported;
      const declaration = target.valueDeclaration;
      if (declaration === undefined || !(target.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable)))
        continue;
      if (functions.ofDeclaration(declaration).length > 0) functionsByName.set(exported.name, declaration);
    }
    for (const slots of matchShape(contract.containers, new Set(functionsByName.keys()))) {
      const owner = { name: moduleName(file), node: file.statements[0] ?? file };
      for (const [slotName, slot] of slots) {
        const declaration = functionsByName.get(slotName);
        if (declaration === undefined) continue;
        for (const bound of functions.ofDeclaration(declaration)) {
          bind(
            slot,
            slot.signature,
            bound,
            { owner, confidence: 'likely', concealed: undefined },
            nameNode(declaration),
          );
        }
      }
    }
  };

  for (const file of files) {
    const visit = (node: ts.Node): void => {
      if (ts.isClassLike(node)) visitClass(node);
      if (ts.isBinaryExpression(node) && isPlainAssignment(node.operatorToken.kind)) visitAssignment(node);
      if (ts.isExpression(node) && isValuePosition(node)) visitValue(node);
      if (!ts.isTypeNode(node)) ts.forEachChild(node, visit);
    };
    ts.forEachChild(file, visit);
    visitModule(file);
  }
  return { bindings, absences };
}

function isPlainAssignment(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.EqualsToken ||
    kind === ts.SyntaxKind.QuestionQuestionEqualsToken ||
    kind === ts.SyntaxKind.BarBarEqualsToken
  );
}

function isSlotDeclaration(contract: TreeContract, node: ts.SignatureDeclaration): boolean {
  return ts.isFunctionTypeNode(node) && contract.slotOfMember(node.parent) !== undefined;
}

function isOwnDeclaration(contract: TreeContract, member: ts.Symbol): boolean {
  return member.declarations?.some((node) => contract.slotOfMember(node) !== undefined) ?? false;
}

function isOwnClass(contract: TreeContract, node: ts.ClassLikeDeclaration): boolean {
  return node.members.some((member) => contract.slotOfMember(member) !== undefined);
}
