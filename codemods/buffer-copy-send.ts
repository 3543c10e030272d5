// Codemod 2: what is queued as msghdr and iovec for sendmsg is copied into the send buffer instead. Policy only.
import type { Codemod, CodemodInput, Verdict } from './facts/codemod.ts';
import type { Finding } from './facts/finding.ts';
import type { SendForm, SendGroup, SendHazard, SendSite } from './facts/send.ts';
import { compareRanges } from './facts/text.ts';

const ID = 'buffer-copy-send';

/** Values of this many bytes and more are worth a chain; smaller ones are copied (kv_engine 33231e82a, SendBuffer::MinimumDataSize). */
const CHAIN_FROM_BYTES = 4096;

/** Rewrites code that assembles message headers and iovecs for sendmsg so that it copies into the connection's send buffer. */
export const bufferCopySend: Codemod = {
  id: ID,
  about: 'sends',
  summary: 'copy into the send buffer instead of queueing msghdr and iovec for sendmsg',
  explanation: `What the old send path points to until sendmsg took it is copied at once, or chained with a release.

  before   connection.addMsgHdr(true); connection.addIov(head); connection.reserveItem(item); connection.addIov(item.value);
  after    connection.copyToOutputStream(head); connection.copyToOutputStream(item.value); release(item);

  before   c->addMsgHdr(true); c->addIov(buffer.data(), buffer.size());
  after    c->copyToOutputStream({buffer.data(), buffer.size()});

  before   if (add_iov(c, ITEM_key(it), it->nkey) != 0) { return -1; }
  after    if (evbuffer_add(conn_output(c), ITEM_key(it), it->nkey) != 0) { return -1; }

What to call instead is read from the contract: today's engine contract in TypeScript; in C and C++ the header given by
--to, or the tree's own declaration of the connection (a class that keeps addIov keeps its calls, and only the message
headers go). A server that owns its sendmsg loop gets an evbuffer for each connection.
A kept item is copied and released right after; it is chained where its value is known to be ${CHAIN_FROM_BYTES} bytes or more.

The sites of one engine, function or send loop change together or not at all. What would change the bytes on the wire is
left for review: each reason is an id of its own, which explain takes, too (list names them).`,
  decide,
};

function decide({ program, isNamed = false }: CodemodInput): Verdict {
  const findings: Finding[] = [];
  const sites = { found: 0, edited: 0, fine: 0, review: 0 };
  for (const group of program.sends()) {
    // Neither contract nor tree has changed its send path yet.
    if (!isNamed && (group.isPremature === true || isWithoutTarget(group))) continue;
    const open = group.sites.flatMap(obstaclesOf);
    const spelling = open.length === 0 ? program.spellSends(group, formsOf(group)) : undefined;
    sites.found += group.sites.length;
    if (spelling === undefined) {
      findings.push(...open.map(({ site, hazard }) => obstacleFinding(group, site, hazard)));
      sites.review += group.sites.length;
    } else if ('cannot' in spelling) {
      findings.push(unspelledFinding(group, spelling.cannot, spelling.range));
      sites.review += group.sites.length;
    } else {
      for (const site of group.sites) {
        const edits = spelling.edits.get(site.id) ?? [];
        const pointed = site.hazards.find(isPointed);
        if (edits.length > 0) findings.push({ ...siteFinding(group, site), edits });
        if (pointed !== undefined) findings.push(obstacleFinding(group, site, pointed));
        // What is edited and goes on pointing is counted as both.
        if (pointed !== undefined) sites.review += 1;
        if (pointed !== undefined && edits.length > 0) sites.found += 1;
        if (edits.length > 0) sites.edited += 1;
        else if (pointed === undefined) sites.fine += 1;
      }
    }
  }
  return { findings: findings.sort((a, b) => compareRanges(a.range, b.range)), sites };
}

function isWithoutTarget(group: SendGroup): boolean {
  return group.sites.some((site) => site.hazards.some(({ kind }) => kind === 'no-send-target'));
}

interface Obstacle {
  readonly site: SendSite;
  readonly hazard: SendHazard;
}

// One obstacle is said once, although several sites may be in its way.
function obstaclesOf(site: SendSite): readonly Obstacle[] {
  return site.hazards
    .filter((hazard) => hazard.settledBy === undefined && !isPointed(hazard))
    .map((hazard) => ({ site, hazard }));
}

function isPointed(hazard: SendHazard): boolean {
  return hazard.settledBy === undefined && hazard.canPoint === true;
}

function formsOf(group: SendGroup): ReadonlyMap<string, SendForm> {
  return new Map(group.sites.map((site) => [site.id, formOf(site)]));
}

function formOf({ memory, hazards }: SendSite): SendForm {
  if (hazards.some(isPointed)) return 'reference';
  if (memory?.keptBy === 'buffer') return 'chain';
  return memory?.keptBy === 'item' && memory.atLeast >= CHAIN_FROM_BYTES ? 'chain' : 'copy';
}

const DONE: Readonly<Record<SendSite['kind'], string>> = {
  begin: 'goes: there is no message header to begin',
  add: 'becomes a copy into the send buffer, or a chain',
  keep: 'goes: the memory is released by its copy or chain',
  send: 'goes: what is in the send buffer is sent by the connection',
  bookkeeping: 'goes: nothing is left to count',
  declaration: 'moves to the new send path',
  machinery: 'moves to the send buffer',
};

function siteFinding(group: SendGroup, site: SendSite): Omit<Finding, 'edits'> {
  return {
    rule: ID,
    severity: 'error',
    applicability: 'automatic',
    message: `${site.name} ${DONE[site.kind]}`,
    range: site.range,
    related: site.hazards
      .filter((hazard) => hazard.settledBy !== undefined)
      .map((hazard) => ({ range: hazard.range, message: `${hazard.detail}: ${hazard.settledBy}` })),
    together: group.id,
  };
}

function obstacleFinding(group: SendGroup, site: SendSite, hazard: SendHazard): Finding {
  const isPlace = hazard.range.file === site.range.file && hazard.range.start === site.range.start;
  return {
    rule: ID,
    severity: 'warning',
    applicability: 'review',
    message: isPointed(hazard)
      ? `${site.name} goes on pointing to memory that is not copied`
      : `${site.name} cannot move to the send buffer by itself`,
    reason: `${hazard.detail} (kv-engine-migrate explain ${hazard.kind})`,
    range: hazard.range,
    related: [
      ...(isPlace ? [] : [{ range: site.range, message: `it is about ${site.name}, in ${group.name}` }]),
      ...hazard.related,
    ],
    edits: [],
  };
}

function unspelledFinding(group: SendGroup, reason: string, range: Finding['range']): Finding {
  return {
    rule: ID,
    severity: 'warning',
    applicability: 'review',
    message: `${group.name} cannot move to the send buffer by itself`,
    reason: `${reason} (kv-engine-migrate explain ${ID})`,
    range,
    related: [],
    edits: [],
  };
}
