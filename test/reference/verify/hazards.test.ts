// What a careless migration of the send path does to clients, one engine of fixtures/hazards at a time: each is right on
// the old path, is migrated by find and replace, and is asked what shows the harm.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeDcpOpen } from '../../../reference/protocol/dcp-messages.ts';
import { encodePacket } from '../../../reference/protocol/packet.ts';
import { type Difference, verify } from '../../../reference/verify/index.ts';
import type { TraceEvent } from '../../../reference/verify/trace.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { hazardEngines, naiveMigrations } from '../../support/naive-migrations.ts';

const OPCODE = 0xe0;
const PRODUCER = 1;

let before: BuiltEngines;
let after: BuiltEngines;
const played = new Set<string>();
beforeAll(async () => {
  before = await buildEngines(['hazards'], { folder: 'fixtures' });
  after = await buildEngines(['hazards'], naiveMigrations());
});
afterAll(() => {
  before?.remove();
  after?.remove();
});

/** A client's requests for the engine's own command, with these keys, one second after the other. */
const asks = (...keys: readonly string[]): readonly TraceEvent[] =>
  keys.map((key, at) => ({
    connection: 1,
    at: at * 1000,
    bytes: encodePacket({ opcode: OPCODE, opaque: at + 1, key }),
  }));

/** What a client gets otherwise first; all of it, each side in one text. */
async function harmOf(
  name: string,
  trace: readonly TraceEvent[],
): Promise<Pick<Difference, 'request'> & { readonly before: string; readonly after: string }> {
  played.add(name);
  const url = (tree: BuiltEngines): string => tree.url('hazards', name);
  const report = await verify({ before: url(before), after: url(after), trace });
  const [first] = report.different[0]?.differences ?? [];
  if (first === undefined) throw new Error('Nothing differs.');
  expect(first.kind).toBe('bytes');
  return { request: first.request, before: first.before.join('\n'), after: first.after.join('\n') };
}

describe('a migration by find and replace', () => {
  test('says yes and no, where the no had taken the place of the yes', async () => {
    const harm = await harmOf('queue-then-discard', asks('ring', 'crown', 'sceptre'));
    expect(harm.request).toMatch(/^0xe0 key="sceptre"/);
    expect(harm.before).toMatch(/ENOMEM .*"The vault is full\."/);
    expect(harm.after).toMatch(/SUCCESS value 22 bytes "\\x81\\xe0/);
  });

  test('says yes before the error of the core, which had taken its place', async () => {
    const harm = await harmOf('queue-then-fail', asks('rye', 'wheat'));
    expect(harm.request).toMatch(/^0xe0 key="wheat"/);
    expect(harm.before).toContain('ETMPFAIL');
    expect(harm.after).toMatch(/\n.*SUCCESS value 6 bytes "\\x81\\xe0/);
  });

  test('sends what was queued in a step that had nothing to say', async () => {
    const open = encodeDcpOpen(1, 0, PRODUCER, 'ship');
    const harm = await harmOf('queue-then-say-nothing', [{ connection: 1, at: 0, bytes: open }]);
    expect(harm.request).toMatch(/^DCP_OPEN key="ship"/);
    expect(harm.before).toMatch(/nothing more$/);
    expect(harm.after).toContain('DCP_NOOP opaque=0x03');
  });

  test('loses what is stored after the add', async () => {
    const harm = await harmOf('store-after-add', asks('anna::bertha'));
    expect(harm.request).toMatch(/^0xe0 key="anna::bertha"/);
    expect(harm.before).toContain('value 18 bytes "anna: 4\\x0abertha: 6\\x0a"');
    expect(harm.after).toMatch(/SUCCESS opaque/);
  });

  test('loses what depends on the length that a callback returns', async () => {
    const harm = await harmOf('add-in-callback', asks('dot::dash'));
    expect(harm.request).toMatch(/^0xe0 key="dot::dash"/);
    expect(harm.before).toContain('"\\x03dot\\x04dash"');
    expect(harm.after).toContain('"\\x00dot\\x00dash"');
  });

  test('reads items that were released already', async () => {
    const harm = await harmOf('item-after-release', asks('atlas::bible'));
    expect(harm.request).toMatch(/^0xe0 key="atlas::bible"/);
    expect(harm.before).toContain('"atlasbibleab"');
    expect(harm.after).toContain('"atlasbible.."');
  });

  test('fails where an item is released twice', async () => {
    const harm = await harmOf('double-release', asks('letter'));
    expect(harm.request).toMatch(/^0xe0 key="letter"/);
    expect(harm.before).toContain('SUCCESS value 6 bytes "letter"');
    expect(harm.after).toContain('EINTERNAL');
  });

  test('counts an item as released that is not sent yet', async () => {
    const harm = await harmOf('early-release', asks('parcel'));
    expect(harm.request).toMatch(/^0xe0 key="parcel"/);
    expect(harm.before).toContain('"parcel1 under way"');
    expect(harm.after).toContain('"parcel0 under way"');
  });

  test('does not do what was done between two transmits', async () => {
    const harm = await harmOf('work-between-sends', asks('rye'));
    expect(harm.request).toMatch(/^0xe0 key="rye"/);
    // The last byte of `turns: 1`.
    expect(harm.before).toMatch(/73 ?3a ?20 ?31$/);
    expect(harm.after).toMatch(/73 ?3a ?20 ?30$/);
  });

  test('keeps what a reset had dropped', async () => {
    const harm = await harmOf('queue-reset', asks('anna::bertha'));
    expect(harm.request).toMatch(/^0xe0 key="anna::bertha"/);
    expect(harm.before).toContain('"sold to bertha"');
    expect(harm.after).toContain('"sold to anna"');
  });

  test('tells a client of another count of bytes than sendmsg took', async () => {
    const harm = await harmOf('partial-write-visible', asks('lorry'));
    expect(harm.request).toMatch(/^0xe0 key="lorry"/);
    expect(harm.before).toMatch(/20 ?30 ?30 ?30 ?30 ?30$/);
    expect(harm.after).toMatch(/20 ?38 ?30 ?30 ?30 ?30$/);
  });

  test('was shown for every engine in the folder', () => {
    expect([...played].sort()).toEqual([...hazardEngines].sort());
  });
});
