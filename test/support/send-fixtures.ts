// The C and C++ cases of buffer-copy-send, with the contract each is migrated to. Reads files only; compiles nothing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureCase, fixtureCases, wants } from './fixture-cases.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'fixtures/buffer-copy-send/cpp');

/** A fixture case with a contract: its own, none where the tree's own declaration decides, or the shared one of its language. */
export interface SendFixture extends FixtureCase {
  readonly language: 'c' | 'c++';
  /** It has an expected output that is not the input, and leaves nothing for review: all of it is on the new side. */
  readonly changes: boolean;
  /** Its headers are here: it is compiled and run. Others only show how a tree spells something. */
  readonly runs: boolean;
  /** Its own `.to.h`. */
  readonly ownContract: string | undefined;
  /** A hand-made migration that is wrong on the wire, keyed like the input; undefined where there is none. */
  readonly naive: Readonly<Record<string, string>> | undefined;
}

const SHARED_CONTRACTS: Readonly<Record<SendFixture['language'], string>> = {
  c: join(ROOT, 'fixtures/include/send-after/conn.h'),
  'c++': join(ROOT, 'fixtures/include/send-after/daemon/connection.h'),
};

/** Every case, by name. `owned-loop-*` are whole servers and not among them. */
export function sendFixtures(): readonly SendFixture[] {
  return fixtureCases('buffer-copy-send', 'cpp')
    .filter(({ name }) => !name.startsWith('owned-loop-'))
    .map((fixture) => {
      const files = Object.keys(fixture.input);
      const language = files.some((file) => file.endsWith('.cc')) ? 'c++' : 'c';
      return {
        ...fixture,
        language,
        changes:
          files.some((file) => fixture.input[file] !== fixture.output[file]) &&
          wants(fixture.input, 'want review').length === 0,
        runs: Object.values(fixture.input).some((text) => /^void serve\(/m.test(text)),
        ownContract: fixture.to,
        to:
          fixture.to ??
          (fixture.name.startsWith('own-declaration-') ? undefined : SHARED_CONTRACTS[language]),
        naive: naiveOf(files),
      };
    });
}

function naiveOf(inputs: readonly string[]): Readonly<Record<string, string>> | undefined {
  const [input = ''] = inputs;
  const path = join(FOLDER, input.replace('.input.', '.naive.'));
  return input.includes('.input.') && existsSync(path) ? { [input]: readFileSync(path, 'utf8') } : undefined;
}
