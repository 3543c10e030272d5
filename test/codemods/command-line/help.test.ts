import { describe, expect, test } from 'vitest';
import { commands } from '../../../codemods/command-line/commands.ts';
import { commandHelp, overallHelp } from '../../../codemods/command-line/help.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('help', () => {
  test('of the program names every command and exit status', () => {
    for (const { name } of commands) expect(overallHelp()).toContain(`  ${name} `);
    for (const status of [0, 1, 2]) expect(overallHelp()).toContain(`\n  ${status}  `);
  });

  for (const command of commands) {
    test(`of ${command.name} names every option, the exit statuses and an example`, () => {
      const help = commandHelp(command);
      expect(help).toContain(`Usage: kv-engine-migrate ${command.name}`);
      for (const { name, value } of command.options) {
        expect(`${help} `).toMatch(
          new RegExp(`\\n {2}--${name}${value === undefined ? '' : ` ${escaped(value)}`}[ \\n]`),
        );
      }
      expect(help).toMatch(/Exit status:\n {2}0 .*\n {2}1 .*\n {2}2 /);
      expect(help).toContain(`Examples:\n  kv-engine-migrate ${command.name}`);
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    });

    test(`of ${command.name} tells the default of every option that takes a value`, () => {
      const withValue = command.options.filter(({ value }) => value !== undefined);
      for (const { summary } of withValue) expect(summary.join(' ')).toMatch(/default/i);
    });
  }
});
