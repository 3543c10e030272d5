// The servers that own their sendmsg loop, as the codemod leaves them: they answer byte for byte what they answered before.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasProgram } from '../support/debian-programs.ts';
import { buildOwnedLoop, type OwnedLoop, ownedLoops, talkTo } from '../support/owned-loop.ts';
import { hasLibevent } from '../support/send-programs.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/buffer-copy-send/cpp');
const canBuild = hasProgram('clang') && hasLibevent();

describe.skipIf(!canBuild)(
  'servers whose send loop was moved to an evbuffer (with clang and libevent)',
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'moved-loop-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test.each(ownedLoops.map((loop) => [loop.name, loop] as const))(
      '%s answers the same, and counts at least what was read',
      async (name, loop) => {
        const before = await talkTo(await build(loop.text, `${name}-before`), loop);
        const after = await talkTo(await build(outputOf(loop), `${name}-after`), loop);
        expect({ streams: after.streams, datagrams: after.datagrams }).toEqual({
          streams: before.streams,
          datagrams: before.datagrams,
        });
        const read = after.streams.reduce((sum, each) => sum + each.length, 0);
        expect(after.sent).toBeGreaterThanOrEqual(read);
      },
      30_000,
    );

    test('tides shares no evbuffer between its threads', async () => {
      const tides = ownedLoops.find(({ name }) => name === 'tides');
      if (tides === undefined) throw new Error('there is no such server');
      const program = await buildOwnedLoop(outputOf(tides), join(folder, 'tides-threads'), 'thread');
      const { streams } = await talkTo(program, tides);
      expect(streams[0]).toBe(streams[1]);
    }, 30_000);

    function build(text: string, name: string): Promise<string> {
      return buildOwnedLoop(text, join(folder, name), 'address,undefined');
    }
  },
);

function outputOf({ name }: OwnedLoop): string {
  return readFileSync(join(FIXTURES, `owned-loop-${name}.output.c`), 'utf8');
}
