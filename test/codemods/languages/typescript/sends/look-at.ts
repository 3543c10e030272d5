// Looks at small engines of the old send path without a runner: the facts that the parts of the adapter share.
import type { ts } from 'ts-morph';
import { typescript } from '../../../../../codemods/languages/typescript/index.ts';
import type { Look } from '../../../../../codemods/languages/typescript/sends/engine-look.ts';
import { foldSends } from '../../../../../codemods/languages/typescript/sends/folding.ts';
import { functionsIn } from '../../../../../codemods/languages/typescript/sends/functions-in.ts';
import { oldPath } from '../../../../../codemods/languages/typescript/sends/old-path.ts';
import {
  type FunctionNode,
  referenceIndex,
} from '../../../../../codemods/languages/typescript/sends/reference-index.ts';
import { findReleases } from '../../../../../codemods/languages/typescript/sends/release-functions.ts';
import { openSession } from '../../../../../codemods/languages/typescript/session.ts';
import { sourcesInMemory } from '../../../../support/sources-in-memory.ts';

/** The old contract, as far as it is needed here. */
export const OLD = `export interface Item { readonly key: string; readonly value: Uint8Array }
export const TransmitResult = { Complete: 0, Incomplete: 1, SoftError: 2, HardError: 3 } as const;
export type TransmitResult = (typeof TransmitResult)[keyof typeof TransmitResult];
export interface Msghdr { readonly msgIov: readonly { readonly iovBase: Uint8Array; readonly iovLen: number }[] }
export interface Connection {
  addMsgHdr(reset: boolean): void;
  addIov(data: Uint8Array): void;
  sendmsg(message: Msghdr): number;
  transmit(): TransmitResult;
  reserveItem(item: Item): boolean;
  pushTempAlloc(buffer: Uint8Array): boolean;
}
export interface CookieApi { getConnection(cookie: object): Connection }
export type AddResponse = (key: string, extras: string, body: Uint8Array, status: number, cookie: object) => boolean;
export interface EngineInterface {
  allocate(handle: EngineInterface, cookie: object, key: string): Item;
  getItemInfo(handle: EngineInterface, cookie: object, item: Item): number;
  release(handle: EngineInterface, cookie: object | undefined, item: Item): void;
}
`;
const NEW = `export interface OutputStream {
  copyToOutputStream(data: Uint8Array): void;
  chainDataToOutputStream(data: Uint8Array, release: () => void): void;
}
export interface ServerCookie { getConnection(cookie: object): OutputStream }
export interface Slots { onOpen(cookie: object): void }
`;
const IMPORTS =
  "import { type AddResponse, type Connection, type EngineInterface, type Item, TransmitResult } from './old.ts';\n";

/** One engine, and a way to its functions. */
export interface Looked {
  readonly look: Look;
  readonly file: ts.SourceFile;
  /** The function that is declared, or kept in a constant or a member, under this name. */
  fn(name: string): FunctionNode;
  /** The place of the first text of this kind. */
  lineOf(node: ts.Node): string;
}

/** The engine's text comes behind its imports of the old contract. */
export async function lookAt(text: string): Promise<Looked> {
  const target = { file: 'new.ts', path: '/new/new.ts', text: NEW };
  const contract = await typescript.readContract([target]);
  const hidden = { '/tree/tsconfig.json': undefined, '/tsconfig.json': undefined };
  const sources = sourcesInMemory({ 'engine.ts': IMPORTS + text, 'old.ts': OLD }, '/tree', hidden);
  const session = openSession(sources, contract, sources.files);
  const path = oldPath(session);
  const file = session.sourceFile('engine.ts');
  if (file === undefined) throw new Error('the engine is not in the program');
  const index = referenceIndex(session, [file]);
  const folding = foldSends(session, path, index);
  const look = { session, path, index, folding, releases: findReleases(session, index) };
  return {
    look,
    file,
    fn: (name) => {
      const found = functionsIn(file).find((one) => nameOf(one) === name);
      if (found === undefined) throw new Error(`there is no function ${name}`);
      return found;
    },
    lineOf: (node) => node.getText().split('\n')[0] ?? '',
  };
}

function nameOf(fn: FunctionNode): string | undefined {
  const named = fn.name === undefined ? (fn.parent as { name?: ts.Node }) : fn;
  return named.name?.getText();
}
