import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../codemods/command-line/arguments.ts';

const refusal = (...argv: readonly string[]): string => {
  try {
    parseCommandLine(argv);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-arguments' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('the command line was taken');
};

describe('parseCommandLine', () => {
  test('takes options before, between and after paths', () => {
    const parsed = parseCommandLine([
      'check',
      'a',
      '--contract',
      'x.h',
      'b',
      '--contract=y.h',
      '--reporter',
      'json',
    ]);
    expect(parsed.command?.name).toBe('check');
    expect(parsed.operands).toEqual(['a', 'b']);
    expect(parsed.values('contract')).toEqual(['x.h', 'y.h']);
    expect(parsed.values('reporter')).toEqual(['json']);
    expect(parsed.given('output')).toBe(false);
  });

  test('takes everything after -- as paths', () => {
    expect(parseCommandLine(['run', '--write', '--', '--odd']).operands).toEqual(['--odd']);
  });

  test('lets the last value of an option count that has one', () => {
    expect(parseCommandLine(['run', '--format', 'auto', '--format', 'off']).values('format')).toEqual([
      'off',
    ]);
  });

  test('knows help and version', () => {
    expect(parseCommandLine(['--help'])).toMatchObject({ help: true, command: undefined });
    expect(parseCommandLine(['-h'])).toMatchObject({ help: true });
    expect(parseCommandLine(['--version'])).toMatchObject({ version: true });
    expect(parseCommandLine(['run', '--help'])).toMatchObject({ help: true, command: { name: 'run' } });
    expect(parseCommandLine([])).toMatchObject({ help: false, version: false, command: undefined });
  });

  test.each([
    [['chekc'], 'There is no command "chekc". Did you mean "check"?'],
    [['frobnicate'], 'There is no command "frobnicate".'],
    [['check', '--contracts', 'x'], 'There is no option "--contracts". Did you mean "--contract"?'],
    [['run', '--contract', 'x.h'], 'There is no option "--contract".'],
    [['check', '-x'], 'There is no option "-x".'],
    [['run', '--write=yes'], 'The option "--write" takes no value.'],
    [['check', '--contract'], 'The option "--contract" needs a value: --contract FILE.'],
    [['check', '--contract', '--reporter'], 'The option "--contract" needs a value: --contract FILE.'],
    [['check', '--contract='], 'The option "--contract" needs a value: --contract FILE.'],
    [['explain', 'a', 'b'], '"b" is one argument too many.'],
    [['list', 'a'], '"a" is one argument too many.'],
    [['--nonsense'], 'There is no option "--nonsense".'],
  ])('refuses %j', (argv, message) => {
    expect(refusal(...argv)).toBe(message);
  });
});
