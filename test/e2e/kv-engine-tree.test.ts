// The main job on the real input: couchbase/kv_engine at 0dbb0e534, which is not part of this repository.
// KV_ENGINE_TREE is that tree, KV_ENGINE_CONTRACT the include/memcached/dcp.h of 50dd3c130, KV_ENGINE_AFTER the tree of
// 50dd3c130, KV_ENGINE_CLANG_FORMAT the style in force then. KV_ENGINE_SEND_TREE is the tree at c3bf6e979, and
// KV_ENGINE_SEND_AFTER the one at 2990f2f1f, where the use of sendmsg was removed.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliRun, runCli } from '../support/run-cli.ts';
import { has } from '../support/temporary-tree.ts';

const [tree, contract, after, style] = [
  'KV_ENGINE_TREE',
  'KV_ENGINE_CONTRACT',
  'KV_ENGINE_AFTER',
  'KV_ENGINE_CLANG_FORMAT',
].map((name) => process.env[name] && resolve(process.env[name]));

const staleHeader = 'include/memcached/dcp.h';

/** Where the drifting parameter stands, and where the function is put into the slot. */
const implementers = [
  ['engines/ep/src/ep_engine.cc:1532:48', 'engines/ep/src/ep_engine.cc:1752:44'],
  [
    'engines/ewouldblock_engine/ewouldblock_engine.cc:970:51',
    'engines/ewouldblock_engine/ewouldblock_engine.cc:1324:44',
  ],
  ['programs/engine_testapp/engine_testapp.cc:694:52', 'programs/engine_testapp/engine_testapp.cc:898:46'],
] as const;

/** The 20 edits of the human's commit; a cast is named by its target. */
const edits = [
  'engines/ep/src/connhandler.cc:182:34',
  'engines/ep/src/connhandler.h:176:33',
  'engines/ep/src/dcp/consumer.cc:705:34',
  'engines/ep/src/dcp/consumer.cc:726:9',
  'engines/ep/src/dcp/consumer.cc:727:30',
  'engines/ep/src/dcp/consumer.cc:732:9',
  'engines/ep/src/dcp/consumer.cc:1038:68',
  'engines/ep/src/dcp/consumer.h:146:25',
  'engines/ep/src/dcp/consumer.h:254:59',
  'engines/ep/src/dcp/producer.cc:768:34',
  'engines/ep/src/dcp/producer.cc:777:9',
  'engines/ep/src/dcp/producer.cc:778:30',
  'engines/ep/src/dcp/producer.h:86:25',
  'engines/ep/src/ep_engine.cc:1532:48',
  'engines/ep/src/failover-table.cc:338:40',
  'engines/ep/src/failover-table.h:148:29',
  'engines/ewouldblock_engine/ewouldblock_engine.cc:970:51',
  'engines/ewouldblock_engine/ewouldblock_engine.cc:1701:52',
  'include/memcached/dcp.h:519:44',
  'programs/engine_testapp/engine_testapp.cc:694:52',
];
const editedFiles = [...new Set(edits.map((place) => place.replace(/:.*/, '')))].sort();

/** Same names or same types, and nothing to do with the slot. */
const lookAlikes = [
  'daemon/mcbp.cc',
  'daemon/mcbp.h',
  'daemon/mcbp_executors.cc',
  'include/memcached/extension.h',
  'protocol/connection/client_connection.cc',
  'protocol/connection/client_mcbp_commands.h',
  'protocol/mcbp/libmcbp/dump.cc',
  'tests/testapp/testapp.cc',
  'tests/testapp/testapp_binprot.cc',
  'tests/testapp/testapp_binprot.h',
  'tests/testapp/utilities.cc',
  'engines/ep/tests/ep_test_apis.cc',
  'engines/ep/tests/ep_testsuite_dcp.cc',
];

interface JsonFinding {
  readonly rule: string;
  readonly severity: string;
  readonly applicability: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly related: readonly Pick<JsonFinding, 'file' | 'line' | 'column'>[];
}

const at = ({ file, line, column }: Pick<JsonFinding, 'file' | 'line' | 'column'>): string =>
  `${file}:${line}:${column}`;

function findingsOf(run: CliRun): readonly JsonFinding[] {
  return JSON.parse(run.out).findings;
}

const drifting = (run: CliRun): readonly JsonFinding[] =>
  findingsOf(run).filter(({ severity }) => severity !== 'info');

describe.skipIf(!tree || !contract)(
  'check of the kv_engine tree (needs KV_ENGINE_TREE and KV_ENGINE_CONTRACT)',
  () => {
    test('reports the three drifting implementers and nothing else', async () => {
      const run = await runCli(tree!, ['check', '--contract', contract!, '--reporter', 'json']);
      expect(run.status).toBe(1);
      const found = drifting(run);
      expect(found.map(({ rule }) => rule)).toEqual(found.map(() => 'mutable-parameter'));
      expect(found.map((finding) => [at(finding), ...finding.related.map(at)])).toEqual(
        implementers.map((places) => [...places, `${contract}:517:25`]),
      );
    });

    test('finds in the shipped contract the stale header, too', async () => {
      const run = await runCli(tree!, ['check', '--reporter', 'json']);
      expect(run.status).toBe(1);
      expect(drifting(run).map(at)).toEqual(
        [...implementers.map(([place]) => place), `${staleHeader}:519:44`].sort(),
      );
    });

    test('notes the guard that tests one slot and calls another', async () => {
      const run = await runCli(tree!, ['check', '--contract', contract!, '--reporter', 'json']);
      expect(
        findingsOf(run)
          .filter(({ rule }) => rule === 'crossed-guard')
          .map(at),
      ).toEqual(['engines/ewouldblock_engine/ewouldblock_engine.cc:1721:9']);
    });

    test.skipIf(!after)(
      'has nothing to report once the commit is in (needs KV_ENGINE_AFTER, too)',
      async () => {
        const run = await runCli(after!, ['check', '--reporter', 'json']);
        expect([run.status, drifting(run)]).toEqual([0, []]);
      },
    );
  },
);

const [sendTree, sendAfter] = ['KV_ENGINE_SEND_TREE', 'KV_ENGINE_SEND_AFTER'].map(
  (name) => process.env[name] && resolve(process.env[name]),
);

describe.skipIf(!tree)('run on the kv_engine tree (needs KV_ENGINE_TREE)', () => {
  test('shows the 20 edits of the 12 files and leaves nothing for review', async () => {
    const run = await runCli(tree!, ['run', '--format', 'off', '--reporter', 'json']);
    expect(run.status).toBe(0);
    expect(findingsOf(run).map(at)).toEqual(edits);
    expect(JSON.parse(run.out).ledger.sites).toEqual({
      found: 20,
      edited: 20,
      fine: 0,
      review: 0,
      reasons: {},
    });
  });
});

describe.skipIf(!tree || !after || !style || !has('clang-format'))(
  'run --write on a copy of it (needs KV_ENGINE_AFTER, KV_ENGINE_CLANG_FORMAT and clang-format, too)',
  () => {
    let copy: string;
    let run: CliRun;
    const args = ['run', '--clang-format-style', style ?? ''];
    const textOf = (root: string, file: string): string => readFileSync(join(root, file), 'utf8');

    beforeAll(async () => {
      copy = realpathSync(mkdtempSync(join(tmpdir(), 'kv-engine-migrate-')));
      cpSync(tree!, copy, { recursive: true, verbatimSymlinks: true });
      run = await runCli(copy, [...args, '--write', '--allow-dirty']);
      return () => rmSync(copy, { recursive: true, force: true });
    });

    test('writes the 12 files and leaves the look-alikes alone', () => {
      expect([run.status, run.err]).toEqual([0, '']);
      const written = [...run.out.matchAll(/^written (.*)$/gm)].map(([, file]) => file);
      expect(written).toEqual(editedFiles);
      for (const file of lookAlikes) expect(textOf(copy, file)).toBe(textOf(tree!, file));
    });

    test('writes what the human wrote, but for one line that the human left over-long', () => {
      const different = editedFiles.filter((file) => textOf(copy, file) !== textOf(after!, file));
      expect(different).toEqual([staleHeader]);
      const solid = (text: string): string => text.replace(/\s+/g, '');
      expect(solid(textOf(copy, staleHeader)) === solid(textOf(after!, staleHeader))).toBe(true);
    });

    test('finds nothing in a second run', async () => {
      const again = await runCli(copy, [...args, '--reporter', 'json']);
      expect(again.status).toBe(0);
      expect(JSON.parse(again.out)).toMatchObject({ findings: [], diff: '' });
      expect(drifting(await runCli(copy, ['check', '--reporter', 'json']))).toEqual([]);
    });
  },
);

/** What the human's commit changed by hand and mechanically: the start of a message goes, and nothing else. */
const mechanical = [
  'daemon/cccp_notification_task.cc',
  'daemon/external_auth_manager_thread.cc',
  'daemon/mcbp.cc',
  'daemon/mcbp_executors.cc',
];

describe.skipIf(!sendTree || !sendAfter)(
  'buffer-copy-send on the kv_engine tree (needs KV_ENGINE_SEND_TREE and KV_ENGINE_SEND_AFTER)',
  () => {
    const send = ['--codemod', 'buffer-copy-send', '--format', 'off', '--reporter', 'json'];
    const contracts = [
      { from: 'the tree itself', args: [] },
      { from: 'the connection of the commit', args: ['--to', join(sendAfter ?? '', 'daemon/connection.h')] },
    ];
    for (const { from, args } of contracts) {
      describe(`with ${from}`, () => {
        let copy: string;
        let found: readonly (JsonFinding & { readonly reason?: string })[];

        beforeAll(async () => {
          copy = realpathSync(mkdtempSync(join(tmpdir(), 'kv-engine-migrate-')));
          cpSync(sendTree!, copy, { recursive: true, verbatimSymlinks: true });
          const run = await runCli(copy, ['run', ...send, ...args, '--write', '--allow-dirty']);
          found = findingsOf(run);
          return () => rmSync(copy, { recursive: true, force: true });
        });
        const textOf = (root: string, file: string): string => readFileSync(join(root, file), 'utf8');

        test('writes the four mechanical files as the human did', () => {
          for (const file of mechanical)
            expect(textOf(copy, file) === textOf(sendAfter!, file), file).toBe(true);
        });

        test('removes the start of a message from the state machine, and no more', () => {
          const lines = (root: string): readonly string[] =>
            textOf(root, 'daemon/statemachine.cc').split('\n');
          expect(lines(copy).filter((line) => line.includes('addMsgHdr'))).toEqual([]);
          expect(lines(copy).length).toBe(lines(sendTree!).length - 2);
        });

        test('leaves what the client sends alone, and says nothing of it', () => {
          const client = 'protocol/connection/client_connection.cc';
          expect(textOf(copy, client)).toBe(textOf(sendTree!, client));
          expect(found.filter(({ file }) => file.startsWith('protocol/'))).toEqual([]);
        });

        test("leaves the connection's own send path for review, each function once", () => {
          const own = found.filter(({ file }) => /^daemon\/connection\.(?:cc|h)$/.test(file));
          const machinery = own.filter(({ reason }) => reason?.includes('explain own-send-path'));
          const names = machinery.map(({ reason = '' }) => reason.split(': ')[0]);
          for (const name of [
            'sendmsg',
            'transmit',
            'addMsgHdr',
            'addIov',
            'ensureIovSpace',
            'shrinkBuffers',
          ])
            expect(names.filter((one) => one === `Connection::${name}`)).toHaveLength(1);
          expect(names).toContain('adjust_msghdr');
          expect(own.map(({ applicability }) => applicability)).toEqual(own.map(() => 'review'));
        });

        test('leaves who drives the queue, and who asks how long it is, for review', () => {
          const reasonAt = (place: string): string | undefined =>
            found.find((finding) => `${finding.file}:${finding.line}` === place)?.reason;
          expect(reasonAt('daemon/statemachine.cc:491')).toContain('own-send-path');
          expect(reasonAt('daemon/connection_unit_tests.cc:66')).toContain('queue-state-read');
          expect(reasonAt('daemon/connection.cc:1438')).toContain('add-in-callback');
        });

        test('finds nothing to edit in a second run', async () => {
          const again = await runCli(copy, ['run', ...send, ...args]);
          expect(JSON.parse(again.out).diff).toBe('');
        });
      });
    }
  },
);

describe.skipIf(!tree)('buffer-copy-send on the older kv_engine tree (needs KV_ENGINE_TREE)', () => {
  test('holds back the header that a failing response starts over', async () => {
    const run = await runCli(tree!, [
      'run',
      '--codemod',
      'buffer-copy-send',
      '--format',
      'off',
      '--reporter',
      'json',
    ]);
    const reviews = findingsOf(run).filter(({ applicability }) => applicability === 'review');
    const places = reviews.map(({ file, line }) => `${file}:${line}`);
    expect(places).toContain('daemon/subdocument.cc:1440');
    expect(
      findingsOf(run).filter(
        ({ file, applicability }) => file === 'daemon/mcbp.cc' && applicability === 'automatic',
      ),
    ).toEqual([]);
    for (const file of ['ship_dcp_log', 'dcp_mutation', 'dcp_deletion', 'dcp_system_event_executor'])
      expect(places.some((place) => place.startsWith(`daemon/protocol/mcbp/${file}.cc:`))).toBe(true);
  });
});

describe.skipIf(!tree || !contract)(
  'run --to a header without a send path (needs KV_ENGINE_TREE and KV_ENGINE_CONTRACT)',
  () => {
    test('says nothing of sends', async () => {
      const run = await runCli(tree!, ['run', '--to', contract!, '--format', 'off', '--reporter', 'json']);
      expect(new Set(findingsOf(run).map(({ rule }) => rule))).toEqual(new Set(['readonly-response-header']));
      expect(findingsOf(run).map(at)).toEqual(edits);
    });
  },
);
