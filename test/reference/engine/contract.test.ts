// The contract's texts and values: every slot is there, and the old contract differs in two things.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as today from '../../../reference/engine/contract.ts';
import * as v1 from '../../../reference/engine/v1.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ENGINE = join(ROOT, 'reference/engine');

const ENGINE_SLOTS = [
  'get_info initialize destroy allocate allocate_ex remove release get get_meta get_if get_locked get_and_touch',
  'unlock store store_if flush get_stats reset_stats unknown_command item_set_cas get_item_info set_item_info',
  'set_log_level isXattrEnabled',
].flatMap((line) => line.split(' '));
const DCP_SLOTS = [
  'step open add_stream close_stream stream_req get_failover_log stream_end snapshot_marker mutation deletion',
  'expiration flush set_vbucket_state noop buffer_acknowledgement control response_handler system_event',
].flatMap((line) => line.split(' '));
const PRODUCERS = [
  'get_failover_log stream_req add_stream_rsp marker_rsp set_vbucket_state_rsp stream_end marker mutation deletion',
  'expiration flush set_vbucket_state noop buffer_acknowledgement control system_event',
].flatMap((line) => line.split(' '));

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '');

/** Method names of an interface, in order. */
function methods(text: string, name: string): string[] {
  const body =
    new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(withoutComments(text))?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+)\??\(/gm)].map((match) => match[1]!);
}

/** Names of the function pointers of a struct, in order. */
function pointers(text: string, tag: string): string[] {
  const body = new RegExp(`struct ${tag} \\{\\n([\\s\\S]*?)\\n\\}`).exec(withoutComments(text))?.[1] ?? '';
  return [...body.matchAll(/\(\*(\w+)\)\(/g)].map((match) => match[1]!);
}

describe('the contract in TypeScript', () => {
  const text = readFileSync(join(ENGINE, 'contract.ts'), 'utf8');

  test('has every slot, in the order of kv_engine', () => {
    expect(ENGINE_SLOTS).toHaveLength(24);
    expect(DCP_SLOTS).toHaveLength(18);
    expect(PRODUCERS).toHaveLength(16);
    expect(methods(text, 'EngineInterface')).toEqual(ENGINE_SLOTS.map(camelCase));
    expect(methods(text, 'DcpInterface')).toEqual(DCP_SLOTS.map(camelCase));
    expect(methods(text, 'DcpMessageProducers')).toEqual(PRODUCERS.map(camelCase));
    expect(methods(text, 'CollectionsInterface')).toEqual(['setManifest']);
  });

  test('passes the handle first and the cookie second', () => {
    const noCookie = new Set([
      'getInfo',
      'initialize',
      'destroy',
      'setLogLevel',
      'isXattrEnabled',
      'setManifest',
    ]);
    for (const container of ['EngineInterface', 'DcpInterface', 'CollectionsInterface']) {
      for (const name of methods(text, container)) {
        const parameters = new RegExp(
          `^ {2}${name}\\??\\(\\s*handle: EngineHandle(,\\s*cookie: Cookie)?`,
          'm',
        ).exec(text);
        expect([name, parameters?.[1] === undefined]).toEqual([name, noCookie.has(name)]);
      }
    }
  });

  test('has types that hold what they promise', () => {
    const folder = mkdtempSync(join(tmpdir(), 'contract-types-'));
    const project = join(folder, 'tsconfig.json');
    const file = join(import.meta.dirname, 'contract-types.ts');
    const typeRoots = [join(ROOT, 'node_modules/@types')];
    const extended = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { typeRoots },
      include: [file],
    };
    writeFileSync(project, JSON.stringify(extended));
    try {
      expect(compile(project)).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('numbers its codes as kv_engine does', () => {
    const codes = today.EngineErrorCode;
    const { ENGINE_SUCCESS, ENGINE_EWOULDBLOCK, ENGINE_DISCONNECT, ENGINE_PREDICATE_FAILED, ENGINE_FAILED } =
      codes;
    expect([ENGINE_SUCCESS, ENGINE_EWOULDBLOCK, ENGINE_DISCONNECT, ENGINE_PREDICATE_FAILED]).toEqual([
      0, 7, 10, 23,
    ]);
    expect(ENGINE_FAILED).toBe(0xff);
    expect(new Set(Object.values(codes)).size).toBe(Object.keys(codes).length);
    expect(Object.keys(codes)).toHaveLength(25);
  });

  test('differs from the old one in values only by what sendmsg needed', () => {
    expect(Object.keys(v1).filter((name) => !(name in today))).toEqual(['TransmitResult']);
    expect(Object.keys(today).filter((name) => !(name in v1))).toEqual([]);
  });
});

describe('the contract in C', () => {
  const text = readFileSync(join(ENGINE, 'include/kv_engine.h'), 'utf8');
  const old = readFileSync(join(ENGINE, 'include/kv_engine_v1.h'), 'utf8');

  test('has every slot, in the order of kv_engine', () => {
    for (const header of [text, old]) {
      expect(pointers(header, 'engine_interface_v1')).toEqual(ENGINE_SLOTS);
      expect(pointers(header, 'dcp_interface')).toEqual(DCP_SLOTS);
      expect(pointers(header, 'dcp_message_producers')).toEqual(PRODUCERS);
      expect(pointers(header, 'collections_interface')).toEqual(['set_manifest']);
    }
  });

  test('differs from the old one by a single const', () => {
    const mutable = 'protocol_binary_response_header* response';
    expect(withoutComments(text).replace(`const ${mutable}`, mutable)).toBe(withoutComments(old));
  });
});

function compile(project: string): string {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project], {
      encoding: 'utf8',
    });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}
