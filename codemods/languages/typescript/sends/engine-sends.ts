// One engine on the old path: its sites, what is known of each, and what stands against a rewrite.
import { ts } from 'ts-morph';
import type { SendHazard, SendKind, SendMemory } from '../../../facts/send.ts';
import { compareRanges } from '../../../facts/text.ts';
import { rangeOf, textOf } from '../ranges.ts';
import type { Session } from '../session.ts';
import { adds } from './added-memory.ts';
import { hasSendTarget, oldModuleNames } from './contract-moves.ts';
import { type EngineSends, type Look, nearestSite, type Objection, type SiteRecord } from './engine-look.ts';
import { findFlowHazards } from './flow-hazards.ts';
import { foldSends } from './folding.ts';
import { functionsIn } from './functions-in.ts';
import { type ItemRelease, itemRelease, type KeptItem } from './item-releases.ts';
import { lengthAtLeast } from './memory-length.ts';
import { originOf } from './memory-origin.ts';
import type { OldPath, SendMember } from './old-path.ts';
import { pieceLoop } from './piece-loops.ts';
import { findQueueHazards } from './queue-hazards.ts';
import { referenceIndex } from './reference-index.ts';
import { releaseEffects } from './release-effects.ts';
import { findReleases } from './release-functions.ts';
import type { FileGroup } from './send-groups.ts';
import { planEngine } from './spell-engine.ts';
import { findStoreHazards } from './store-hazards.ts';

const KINDS: Readonly<Record<SendMember, SendKind>> = {
  addIov: 'add',
  addMsgHdr: 'begin',
  pushTempAlloc: 'keep',
  reserveItem: 'keep',
  sendmsg: 'send',
  transmit: 'send',
};

/** Looks at one group of files. */
export function lookAtEngine(session: Session, path: OldPath, group: FileGroup): EngineSends {
  const index = referenceIndex(session, filesAround(session, group.files));
  const folding = foldSends(session, path, index);
  const releases = findReleases(session, index);
  const calls = group.files.flatMap((file) => sendCalls(path, file));
  const declarations = group.files
    .flatMap((file) => oldModuleNames(session, path, file))
    .filter(({ target }) => target !== undefined);
  const nodes = [...calls, ...declarations.map(({ holder }) => holder)];
  const hazards = new Map<ts.Node, SendHazard[]>();
  const object: Objection = (place, kind, at, detail, settledBy) => {
    const site = nearestSite(nodes, place) ?? place;
    const list = hazards.get(site) ?? [];
    hazards.set(site, list);
    const range = rangeOf(session.name, at);
    if (
      list.some(
        (one) => one.kind === kind && one.range.file === range.file && one.range.start === range.start,
      )
    )
      return;
    list.push({ kind, range, detail, related: [], ...(settledBy === undefined ? {} : { settledBy }) });
  };
  const look = { session, path, index, folding, releases };
  const items = itemReleases(look, calls);
  for (const item of items) if ('kind' in item) object(item.keep, item.kind, item.at, item.why);
  const hoists = new Map<ts.Statement, ts.Statement>();
  const pieces = calls.flatMap((call) =>
    path.memberCalled(call) === 'sendmsg' ? (pieceLoop(look, call) ?? []) : [],
  );
  findStoreHazards(look, calls, object, hoists);
  findQueueHazards(look, object);
  findFlowHazards(look, group, { calls, pieces, items }, object);
  const [first] = nodes;
  if (first !== undefined && !hasSendTarget(session))
    object(
      first,
      'no-send-target',
      first,
      'the contract hands out no connection with copyToOutputStream and chainDataToOutputStream',
    );

  const draft: EngineSends = { group, path, index, folding, releases, items, pieces, hoists, sites: [] };
  // What cannot be spelled is known before anybody decides.
  planEngine(
    session,
    draft,
    () => 'copy',
    (node, kind, why) => object(nearestSite(nodes, node) ?? node, kind, node, why),
  );
  const sites = nodes.map((node): SiteRecord => {
    const member = path.memberCalled(node);
    const kind: SendKind = member === undefined ? 'declaration' : KINDS[member];
    const range = rangeOf(session.name, node);
    return {
      node,
      site: {
        id: `${range.file}:${range.start}:${kind}`,
        kind,
        name: member === undefined ? 'the import of the old contract' : shortened(textOf(node)),
        range,
        ...(member === 'addIov' ? { memory: memoryOf(look, items, calls, node as ts.CallExpression) } : {}),
        hazards: hazards.get(node) ?? [],
      },
    };
  });
  return { ...draft, sites: sites.toSorted((a, b) => compareRanges(a.site.range, b.site.range)) };
}

function sendCalls(path: OldPath, file: ts.SourceFile): readonly ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && path.memberCalled(node) !== undefined) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The files, those of the tree that import one of them, and all that any of these import in the tree. */
function filesAround(session: Session, files: readonly ts.SourceFile[]): readonly ts.SourceFile[] {
  const around = new Set([...files, ...importersOf(session, files)]);
  const checker = session.checker();
  for (const file of around)
    for (const statement of file.statements) {
      const isImport = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
      const specifier = isImport ? statement.moduleSpecifier : undefined;
      const module = specifier && checker.getSymbolAtLocation(specifier)?.declarations?.[0];
      if (module !== undefined && ts.isSourceFile(module) && session.isInTree(module.fileName))
        around.add(module);
    }
  return [...around];
}

/** Files of the tree that import one of these. */
function importersOf(session: Session, files: readonly ts.SourceFile[]): readonly ts.SourceFile[] {
  const own = new Set(files);
  const checker = session.checker();
  return session.treeFiles().filter(
    (file) =>
      !own.has(file) &&
      file.statements.some((statement) => {
        const specifier =
          ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)
            ? statement.moduleSpecifier
            : undefined;
        const module = specifier && checker.getSymbolAtLocation(specifier)?.declarations?.[0];
        return module !== undefined && ts.isSourceFile(module) && own.has(module);
      }),
  );
}

/** Every item that is kept, where it is kept: in a helper that does nothing else, at the helper's calls. */
function itemReleases(look: Look, calls: readonly ts.CallExpression[]): readonly ItemRelease[] {
  const events: KeptItem[] = [];
  const input = { ...look, effects: releaseEffects(look) };
  const at = (call: ts.CallExpression, item: ts.Expression, depth: number): void => {
    if (look.folding.isDead(call)) return;
    const helper = depth < 4 ? keepingHelper(look, call, item) : undefined;
    if (helper === undefined) {
      events.push({ call, item });
      return;
    }
    for (const outer of look.index.callers(helper.fn)) {
      const argument = outer.arguments?.[helper.parameter];
      if (ts.isCallExpression(outer) && argument !== undefined) at(outer, argument, depth + 1);
    }
  };
  for (const call of calls) {
    const [item] = call.arguments;
    if (look.path.memberCalled(call) === 'reserveItem' && item !== undefined) at(call, item, 0);
  }
  return events.map((event) => itemRelease(input, event, events));
}

/** The function around only keeps its parameter: nothing of the item is added in it. */
function keepingHelper(
  look: Look,
  call: ts.CallExpression,
  item: ts.Expression,
): { readonly fn: ts.Node; readonly parameter: number } | undefined {
  const fn = functionsIn(call.getSourceFile())
    .filter((one) => one.pos <= call.pos && call.end <= one.end)
    .at(-1);
  if (fn === undefined || !ts.isIdentifier(item)) return undefined;
  const parameter = fn.parameters.indexOf(look.index.declarationOf(item) as ts.ParameterDeclaration);
  if (parameter < 0) return undefined;
  const uses = look.index
    .uses(fn.parameters[parameter] as ts.Node)
    .filter((use) => !look.folding.isDead(use));
  const callers = look.index.callers(fn);
  if (uses.length !== 1 || callers.length === 0 || adds(look, fn, new Set())) return undefined;
  return { fn, parameter };
}

function memoryOf(
  look: Look,
  items: readonly ItemRelease[],
  calls: readonly ts.CallExpression[],
  add: ts.CallExpression,
): SendMemory {
  const [memory] = add.arguments;
  if (memory === undefined) return { atLeast: 0, keptBy: 'owner' };
  const atLeast = lengthAtLeast(look.session, look.index, memory, add);
  if (items.some((item) => 'add' in item && item.add === add)) return { atLeast, keptBy: 'item' };
  return { atLeast, keptBy: isKeptBuffer(look, calls, add, memory) ? 'buffer' : 'owner' };
}

/** `pushTempAlloc` of the same memory in the same function. */
export function isKeptBuffer(
  look: Pick<Look, 'path' | 'index' | 'folding'>,
  calls: readonly ts.CallExpression[],
  add: ts.CallExpression,
  memory: ts.Expression,
): boolean {
  const origin = originOf(look.index, memory);
  const text = memory.getText();
  return calls.some((call) => {
    const [kept] = call.arguments;
    return (
      look.path.memberCalled(call) === 'pushTempAlloc' &&
      kept !== undefined &&
      call.getSourceFile() === add.getSourceFile() &&
      !look.folding.isDead(call) &&
      functionAround(call) === functionAround(add) &&
      (kept.getText() === text || originOf(look.index, kept) === origin)
    );
  });
}

function functionAround(node: ts.Node): ts.Node | undefined {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (ts.isFunctionLike(at)) return at;
  return undefined;
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
