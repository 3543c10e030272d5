import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../codemods/command-line/commands.ts';
import { codemods, hazards, languages, reporters, rules } from '../../codemods/index.ts';
import { errorCodes } from '../../codemods/runner/errors.ts';
import { explainedDifferences } from '../support/explained-differences.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const isFolder = (...parts: readonly string[]): boolean =>
  statSync(join(root, ...parts), { throwIfNoEntry: false })?.isDirectory() ?? false;
const folders = (...parts: readonly string[]): readonly string[] =>
  readdirSync(join(root, ...parts)).filter((name) => isFolder(...parts, name));
const sourcesIn = (...parts: readonly string[]): readonly string[] =>
  readdirSync(join(root, ...parts))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -3))
    .sort();
const headings = (text: string, level: number): readonly string[] =>
  [...text.matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'))].map(([, heading]) => heading ?? '');

/** Folders of fixtures that hold no cases of a codemod. */
const sharedFixtures = new Set(['engines', 'hazards', 'include']);

describe('codemods', () => {
  test('are the files of codemods/', () => {
    const others = new Set(['cli', 'hazards', 'index', 'rules']);
    expect(sourcesIn('codemods').filter((name) => !others.has(name))).toEqual(
      codemods.map(({ id }) => id).sort(),
    );
  });

  test('are the headings of README, in order', () => {
    expect(headings(read('README.md').replace(/```.*?```/gs, ''), 3)).toEqual(codemods.map(({ id }) => id));
  });

  test('are named in the changelog', () => {
    for (const { id } of codemods) expect(read('CHANGELOG.md')).toContain(`\`${id}\``);
  });

  test('have fixtures, and no fixtures are without one', () => {
    const ids = codemods.map(({ id }) => id);
    expect(
      folders('fixtures')
        .filter((name) => !sharedFixtures.has(name))
        .sort(),
    ).toEqual([...ids].sort());
    const known = languages.map(({ id }) => String(id));
    for (const id of ids) {
      expect(folders('fixtures', id).filter((name) => !known.includes(name))).toEqual([]);
      expect(folders('fixtures', id)).not.toEqual([]);
    }
  });

  test.each(codemods.map((codemod) => [codemod.id, codemod] as const))(
    '%s says what it is about',
    (_, codemod) => {
      expect(codemod.summary).not.toContain('\n');
      expect(codemod.explanation.length).toBeGreaterThan(100);
    },
  );
});

describe('rules', () => {
  test('are sorted and named once', () => {
    const ids = rules.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test.each(rules.map((rule) => [rule.id, rule] as const))('%s has an entry for explain', (id, rule) => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(rule.summary).not.toBe('');
    expect(rule.summary).not.toContain('\n');
    expect(rule.explanation.length).toBeGreaterThan(80);
  });
});

describe('hazards', () => {
  test('are sorted and named once, and no rule is called so', () => {
    const ids = hazards.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(rules.filter(({ id }) => ids.some((hazard) => hazard === id))).toEqual([]);
  });

  test('are those of the facts', () => {
    const [, kinds = ''] = /export type HazardKind =([^;]*);/.exec(read('codemods/facts/send.ts')) ?? [];
    expect(hazards.map(({ id }) => id)).toEqual([...kinds.matchAll(/'([a-z-]+)'/g)].map(([, kind]) => kind));
  });

  test.each(hazards.map((hazard) => [hazard.id, hazard] as const))(
    '%s has an entry for explain',
    (_, hazard) => {
      expect(hazard.summary).not.toContain('\n');
      expect(hazard.explanation.length).toBeGreaterThan(100);
    },
  );
});

describe('lists', () => {
  test.each([
    ['languages', languages.map(({ id }) => String(id)), () => folders('codemods/languages')],
    [
      'reporters',
      reporters.map(({ id }) => id),
      () => sourcesIn('codemods/runner/reporters').filter((name) => !['index', 'report'].includes(name)),
    ],
  ])('of %s are sorted and are the files', (_, ids, files) => {
    expect(ids).toEqual([...ids].sort());
    expect([...files()].sort()).toEqual(ids);
  });

  test('of languages claim every extension once', () => {
    const extensions = languages.flatMap((language) => language.extensions);
    expect(new Set(extensions).size).toBe(extensions.length);
  });

  test('of commands, options and error codes are sorted', () => {
    const names = commands.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    for (const { options } of commands) {
      const options_ = options.map(({ name }) => name).filter((name) => name !== 'help');
      expect(options_).toEqual([...options_].sort());
    }
    expect(Object.keys(errorCodes)).toEqual(Object.keys(errorCodes).sort());
  });

  test('of reporters are told by the help', () => {
    const reporter = commands.flatMap(({ options }) => options).find(({ name }) => name === 'reporter');
    for (const { id } of reporters) expect(reporter?.summary.join(' ')).toContain(id);
  });
});

describe('README', () => {
  test('has the headings that a user looks for', () => {
    for (const heading of [
      'In CI',
      'Exit status',
      'Reports',
      'Codemods',
      'What it does not do',
      'To add',
      'Layout',
    ]) {
      expect(headings(read('README.md'), 2)).toContain(heading);
    }
  });

  test('names only options that there are', () => {
    const known = new Set(commands.flatMap(({ options }) => options.map(({ name }) => `--${name}`)));
    for (const [option] of read('README.md').matchAll(/(?<![\w-])--[a-z][a-z-]+/g))
      expect(known).toContain(option);
  });

  test('names only files that there are', () => {
    for (const [, path = ''] of read('README.md').matchAll(
      /`((?:codemods|fixtures|reference|test)\/[\w/.-]*)`/g,
    )) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    }
  });
});

describe('reference/README.md', () => {
  test('tells every difference from memcached that the differential run allows, and no other', () => {
    const rows = [...read('reference/README.md').matchAll(/^\| `([a-z-]+)`\s*\| (.+?)\s*\| (.+?)\s*\|$/gm)];
    const ids = explainedDifferences.map(({ id }) => id);
    expect(rows.map(([, id = '']) => id).filter((id) => ids.includes(id))).toEqual(ids);
    for (const { id, what, why } of explainedDifferences)
      expect(rows.map(([, ...cells]) => cells)).toContainEqual([id, what, why]);
  });

  test('names a test that there is for every feature', () => {
    const files = [...read('reference/README.md').matchAll(/`(test\/[\w/.-]+\.ts)`/g)].map(
      ([, file = '']) => file,
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  });
});
