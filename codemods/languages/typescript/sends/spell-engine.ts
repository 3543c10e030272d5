// Spells an engine on the new path: lets every part write into one text plan, and gives each edit to the site it belongs to.
import { ts } from 'ts-morph';
import type { HazardKind, SendForm, SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { fileStyle } from '../file-style.ts';
import { rangeOf } from '../ranges.ts';
import type { Session } from '../session.ts';
import { moveModules, oldModuleNames, targetExports } from './contract-moves.ts';
import { type EngineSends, nearestSite } from './engine-look.ts';
import { copiesOfMessage, rewriteIovecs } from './iovec-parts.ts';
import { type AddForm, lowerFiles } from './lowering.ts';
import { lengthAtLeast } from './memory-length.ts';
import { rewriteTypes } from './send-types.ts';
import { type PlannedEdits, TextPlan } from './text-plan.ts';
import { removeUnused, usesOfImports } from './unused.ts';

/** Told what has no spelling, and where. */
type Cannot = (node: ts.Node, kind: HazardKind, why: string) => void;

/** The edits of an engine, by site. */
export function spellEngine(
  session: Session,
  engine: EngineSends,
  forms: ReadonlyMap<string, SendForm>,
): SendSpelling {
  const byNode = new Map(engine.sites.map(({ node, site }) => [node, site]));
  let obstacle: { readonly node: ts.Node; readonly why: string } | undefined;
  const { edits } = planEngine(
    session,
    engine,
    (call) => forms.get(byNode.get(call)?.id ?? '') ?? 'copy',
    (node, _kind, why) => {
      obstacle ??= { node, why };
    },
  );
  if (obstacle !== undefined) return { cannot: obstacle.why, range: rangeOf(session.name, obstacle.node) };
  const nodes = engine.sites.map(({ node }) => node);
  const bySite = new Map<string, TextEdit[]>();
  for (const { about, ...edit } of edits) {
    const site = byNode.get(nearestSite(nodes, about) ?? about) ?? engine.sites[0]?.site;
    if (site === undefined) continue;
    const list = bySite.get(site.id) ?? [];
    list.push(edit);
    bySite.set(site.id, list);
  }
  return { edits: bySite };
}

/** Everything that is decided about the files of an engine, as edits. */
export function planEngine(
  session: Session,
  engine: EngineSends,
  formOf: (call: ts.CallExpression) => SendForm,
  cannot: Cannot,
): PlannedEdits {
  const { path, index, folding, group } = engine;
  const plan = new TextPlan();
  const unspelled = (node: ts.Node, why: string): void => cannot(node, 'partial-write-visible', why);
  const after = new Map<ts.Node, string[]>();
  const chained = new Map<ts.CallExpression, string>();
  for (const item of engine.items) {
    if (!('behind' in item)) continue;
    if (item.add !== undefined && formOf(item.add) === 'chain') {
      chained.set(item.add, item.text);
      continue;
    }
    const { semicolon } = fileStyle(item.behind.getSourceFile());
    after.set(item.behind, [...(after.get(item.behind) ?? []), `${item.text}${semicolon}`]);
  }
  const addForm = (call: ts.CallExpression): AddForm => {
    const release = chained.get(call);
    if (release !== undefined) return { release };
    const [memory] = call.arguments;
    if (formOf(call) !== 'chain' || memory === undefined) return 'copy';
    return lengthAtLeast(session, index, memory, call) > 0 ? 'chain' : 'guarded-chain';
  };
  const unknownFlow = (node: ts.Node, why: string): void => cannot(node, 'unknown-flow', why);
  lowerFiles(
    {
      session,
      path,
      index,
      folding,
      plan,
      formOf: addForm,
      after,
      hoists: engine.hoists,
      copiesOf: (call) =>
        copiesOfMessage(
          { session, path, index, plan },
          call,
          engine.pieces.find((piece) => piece.call === call),
        ),
      pieceLoops: new Map(engine.pieces.map((piece) => [piece.loop, piece.call])),
      cannot: unspelled,
    },
    group.files,
  );
  rewriteIovecs(
    { session, path, index, plan, isDead: folding.isDead.bind(folding), cannot: unknownFlow },
    group.files,
  );
  rewriteTypes(
    { session, path, index, plan, folding, usesChain: chained.size > 0, cannot: unknownFlow },
    group.files,
  );
  for (const file of group.files) moveModules(plan, oldModuleNames(session, path, file));
  dropLostExports(session, engine, plan);
  const imports = usesOfImports(session.checker(), group.files);
  const planned = removeUnused(plan, index, session.name, session.checker(), imports);
  objectToLostNames(session, engine, plan, planned, cannot);
  return planned;
}

/** Re-exports of names that the new contract does not have: whoever used them does not any more. */
function dropLostExports(session: Session, { path, group }: EngineSends, plan: TextPlan): void {
  const names = targetExports(session);
  for (const file of group.files)
    for (const { holder, target } of oldModuleNames(session, path, file)) {
      const list = target !== undefined && ts.isExportDeclaration(holder) ? holder.exportClause : undefined;
      if (list === undefined || !ts.isNamedExports(list)) continue;
      for (const element of list.elements)
        if (!names.has((element.propertyName ?? element.name).text)) plan.remove(element);
    }
}

/** A name that is still used and that the new contract does not export. */
function objectToLostNames(
  session: Session,
  { path, group }: EngineSends,
  plan: TextPlan,
  _planned: PlannedEdits,
  cannot: Cannot,
): void {
  const names = targetExports(session);
  for (const file of group.files)
    for (const { holder, target } of oldModuleNames(session, path, file)) {
      if (target === undefined || plan.isRemoved(holder)) continue;
      const bindings = ts.isImportDeclaration(holder)
        ? holder.importClause?.namedBindings
        : ts.isExportDeclaration(holder)
          ? holder.exportClause
          : undefined;
      if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) continue;
      for (const element of bindings.elements) {
        const name = (element.propertyName ?? element.name).text;
        if (plan.isRemoved(element) || names.has(name)) continue;
        cannot(
          element,
          'unknown-flow',
          `${name} is used in a way that has no counterpart in the new contract`,
        );
      }
    }
}
