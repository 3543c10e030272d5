// Calls of the old send path by code that does not own it: engines, executors, notifiers.
import type { SendHazard, SendSite } from '../../../facts/send.ts';
import { type Document, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import type { SendPart } from '../send-part.ts';
import { findMachinery, isMachinery, sendPathName } from './machinery.ts';
import { type SendCall, type SendFunction, sendFunctions } from './send-functions.ts';
import { sendTargets } from './send-target.ts';
import { spellCalls } from './spell-calls.ts';

/** Every call and assembled msghdr of the senders, in groups that change together. */
export function findSendCalls(
  library: Library,
  senders: readonly string[],
  contractIsNamed: boolean,
): readonly SendPart[] {
  const targets = sendTargets(library, contractIsNamed);
  // A contract that names nothing to send with asks for something else.
  if (!targets.any) return [];
  const documents = senders.map((file) => library.document(file)).filter((doc) => doc !== undefined);
  const functions = sendFunctions(library, targets, documents);
  const classNames = [
    ...new Set(functions.flatMap(({ calls }) => calls.flatMap(({ className }) => className ?? []))),
  ];
  const machinery = findMachinery(library, classNames);
  const outside = functions.filter(({ doc, node }) => !isMachinery(machinery, doc, node));
  return [
    ...machinery.map(
      (one): SendPart => ({
        group: {
          id: `${sendPathName(one)} ${one.sites[0]?.id ?? ''}`,
          name: sendPathName(one),
          sites: one.sites,
        },
        spell: () => ({ edits: new Map() }),
      }),
    ),
    ...outside.map((each) => partOf(library, each)),
  ].sort((a, b) => byPlace(a.group.sites[0], b.group.sites[0]));
}

function byPlace(a: SendSite | undefined, b: SendSite | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a.range.file !== b.range.file) return a.range.file < b.range.file ? -1 : 1;
  return a.range.start - b.range.start;
}

function partOf(library: Library, { doc, node, name, calls }: SendFunction): SendPart {
  const sites = calls.map((call) => siteOf(doc, call));
  return {
    group: { id: `${doc.file}:${node.startIndex} ${name}`, name: `function ${name}`, sites },
    spell: (forms) => spellCalls(library, doc, calls, forms, (call) => idOf(doc, call)),
  };
}

function idOf(doc: Document, { call }: SendCall): string {
  return `${doc.file}:${call.startIndex}`;
}

function siteOf(doc: Document, call: SendCall): SendSite {
  const range = rangeOf(doc, call.call);
  const hazards: SendHazard[] = [];
  const hazard = (kind: SendHazard['kind'], detail: string): void => {
    hazards.push({ kind, range, detail, related: [] });
  };
  const text = textOf(doc, call.call).replace(/\s+/g, ' ');
  if (call.target === undefined)
    hazard('no-send-target', `nothing is known to send with to ${call.className ?? 'this connection'}`);
  else if (call.role === 'state')
    hazard('queue-state-read', `${text} asks how much is queued, which is nothing any more`);
  else if (call.role === 'send') hazard('own-send-path', `${text} drives what others queued`);
  else if (call.role === 'shrink')
    hazard('own-send-path', `${text} gives back what the connection's own send path has queued with`);
  return {
    id: idOf(doc, call),
    kind:
      call.role === 'begin' || call.role === 'add' || call.role === 'send'
        ? call.role
        : call.role === 'keep'
          ? 'keep'
          : 'bookkeeping',
    name: text,
    range,
    ...(call.role === 'add' ? { memory: { atLeast: 0, keptBy: 'owner' as const } } : {}),
    hazards,
  };
}
