// The engines of fixtures/hazards as somebody in a hurry would migrate them: find and replace, and what is needed then to
// make it compile. Each is wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, type Edit, edited } from './built-engines.ts';

const SOURCES = join(import.meta.dirname, '../../fixtures/hazards/src');

/** What find and replace leaves to do, by engine. */
const byHand: Readonly<Record<string, readonly Edit[]>> = {
  'item-after-release': [
    [
      `      if (!connection.reserveItem(sheet)) {
        giveBack(sheet);
        return false;
      }
      connection.copyToOutputStream(sheet.text);
`,
      `      connection.copyToOutputStream(sheet.text);
      giveBack(sheet);
`,
    ],
  ],
  'double-release': [
    [
      `    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return ENGINE_ENOMEM;
    }
    connection.copyToOutputStream(sheet.text.slice());
`,
      `    connection.copyToOutputStream(sheet.text.slice());
    giveBack(sheet);
`,
    ],
    ['{ ENGINE_ENOMEM, ENGINE_ENOTSUP,', '{ ENGINE_ENOTSUP,'],
  ],
  'early-release': [
    [
      `    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return ENGINE_ENOMEM;
    }
    connection.copyToOutputStream(sheet.text);
`,
      `    connection.copyToOutputStream(sheet.text);
    giveBack(sheet);
`,
    ],
    ['{ ENGINE_ENOMEM, ENGINE_ENOTSUP,', '{ ENGINE_ENOTSUP,'],
  ],
  'work-between-sends': [
    [
      `    let result = connection.transmit();
    while (result === TransmitResult.Incomplete) {
      turns += 1;
      result = connection.transmit();
    }
    if (result === TransmitResult.HardError) return ENGINE_DISCONNECT;
`,
      '',
    ],
    ['  TransmitResult,\n', ''],
    ['let turns', 'const turns'],
    ['{ ENGINE_DISCONNECT, ENGINE_ENOTSUP,', '{ ENGINE_ENOTSUP,'],
  ],
  'partial-write-visible': [
    [
      `    const first = connection.sendmsg({
      msgIov: [
        { iovBase: head, iovLen: head.length },
        { iovBase: LOAD, iovLen: LOAD.length },
      ],
    });
`,
      `    connection.copyToOutputStream(head);
    connection.copyToOutputStream(LOAD);
`,
    ],
    [
      `    const second = first < 0 ? -1 : connection.sendmsg({ msgIov: [{ iovBase: LOAD, iovLen: LOAD.length }] });
    const taken = second < 0 ? 0 : second;
`,
      `    connection.copyToOutputStream(LOAD);
    const taken = LOAD.length;
`,
    ],
  ],
};

/** Every engine of fixtures/hazards, by the name of its module. */
export const hazardEngines: readonly string[] = readdirSync(SOURCES)
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => read(name).includes('createInstance ='));

/** How to build them, migrated. */
export function naiveMigrations(): BuildOptions {
  const names = readdirSync(SOURCES).map((file) => file.replace(/\.ts$/, ''));
  const files = Object.fromEntries(
    names.map((name) => [`hazards/src/${name}.ts`, edited(replaced(read(name)), byHand[name] ?? [])]),
  );
  return { folder: 'fixtures', files };
}

function replaced(text: string): string {
  return text
    .replaceAll("'kv-engine-migrate/engine/v1'", "'kv-engine-migrate/engine'")
    .replaceAll('.addIov(', '.copyToOutputStream(')
    .replaceAll(/^.*\.addMsgHdr\(.*\);\n/gm, '');
}

function read(name: string): string {
  return readFileSync(join(SOURCES, `${name}.ts`), 'utf8');
}
