// Opens a small tree under a small contract, as every test of the TypeScript adapter does.
import type { Program } from '../../../../codemods/facts/language.ts';
import type { Contract, ContractText } from '../../../../codemods/facts/slot.ts';
import { typescript } from '../../../../codemods/languages/typescript/index.ts';
import { sourcesInMemory } from '../../../support/sources-in-memory.ts';

/** A contract with a read-only message, in the tree's own folder of dependencies. */
export const CONTRACT = `export interface Frame {
  status: number;
  parts: { name: string; bytes: Uint8Array }[];
  body: { code: number };
}
export type Frozen<T> = T extends Uint8Array
  ? { readonly [index: number]: number; readonly length: number; subarray(from?: number): Frozen<Uint8Array>; slice(from?: number): Uint8Array }
  : T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;
export interface FramePlugin {
  readonly name: string;
  onFrame(frame: Frozen<Frame>, sequence: number): boolean;
  onClose?(): void;
}
export type FrameListener = (frame: Frozen<Frame>) => void;
`;

export const CONTRACT_TEXT: ContractText = {
  file: 'frame-contract.ts',
  path: '/tree/frame-contract.ts',
  text: CONTRACT,
};

export interface OpenTree {
  readonly program: Program;
  readonly contract: Contract;
}

/** Every file is a candidate. */
export async function openTree(texts: Readonly<Record<string, string>>): Promise<OpenTree> {
  const contract = await typescript.readContract([CONTRACT_TEXT]);
  const hidden = { '/tree/tsconfig.json': undefined, '/tsconfig.json': undefined };
  const sources = sourcesInMemory(texts, '/tree', hidden);
  return { program: await typescript.open(sources, contract, sources.files), contract };
}
