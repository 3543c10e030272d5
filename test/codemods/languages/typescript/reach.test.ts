// How far imports are followed to compare signatures: not far, unless an answer rests on it.
import { expect, test } from 'vitest';
import { typescript } from '../../../../codemods/languages/typescript/index.ts';
import { sourcesInMemory } from '../../../support/sources-in-memory.ts';

const CONTRACT = `import type { WireFields } from './base.ts';
export interface StorageEngine { onReplyHeader(header: { readonly response: Readonly<WireFields> }): void }
`;
const TREE = {
  'base.ts': 'export interface WireFields { status: number }\n',
  'wire.ts':
    "import type { WireFields } from './base.ts';\nexport interface WireHeader { readonly response: WireFields }\n",
  'alias.ts': "import type { WireHeader } from './wire.ts';\nexport type Header = WireHeader;\n",
  'clock.ts': "import { zone } from './zone.ts';\nexport const now = (): string => zone;\n",
  'zone.ts': "export const zone = 'UTC';\n",
  'contract.ts': CONTRACT,
};

async function compare(engine: string) {
  const sources = sourcesInMemory({ ...TREE, 'engine.ts': engine });
  const text = { file: 'contract.ts', path: '/tree/contract.ts', text: CONTRACT };
  const contract = await typescript.readContract([text], sources.readOther);
  const program = await typescript.open(sources, contract, ['contract.ts', 'engine.ts'], {
    purpose: 'compare',
  });
  const kinds = program.implementations().flatMap(({ mismatches }) => mismatches.map(({ kind }) => kind));
  return { kinds, parsed: program.health().map(({ file }) => file) };
}

const engine = (type: string, from: string): string =>
  `import type { StorageEngine } from './contract.ts';
import type { ${type} } from './${from}.ts';
import { now } from './clock.ts';
export class Disk implements StorageEngine {
  onReplyHeader(header: ${type}): void { console.log(now(), header.response.status); }
}
`;

test('sees a writable member that is declared two imports away', async () => {
  expect((await compare(engine('WireHeader', 'wire'))).kinds).toEqual(['mutable-parameter']);
});

test('sees it behind an alias of a type that is imported again', async () => {
  expect((await compare(engine('Header', 'alias'))).kinds).toEqual(['mutable-parameter']);
});

test('leaves alone what only functions import', async () => {
  expect((await compare(engine('WireHeader', 'wire'))).parsed).not.toContain('zone.ts');
});
