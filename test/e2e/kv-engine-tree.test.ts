// The main job on the real input: couchbase/kv_engine at 0dbb0e534, which is not part of this repository.
// KV_ENGINE_TREE is that tree, KV_ENGINE_CONTRACT the include/memcached/dcp.h of 50dd3c130, KV_ENGINE_AFTER the tree of
// 50dd3c130, KV_ENGINE_CLANG_FORMAT the style in force then.
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
