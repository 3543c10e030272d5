// `conformance`: the suite over one engine, each result as it comes.
import { type ConformanceOptions, type ConformanceResult, runConformance } from '../conformance/index.ts';
import { CommandError, type CommandIo, type CommandWords, choiceOption, numberOption } from './command-io.ts';

const GROUP_WIDTH = 14;
const words = { passed: 'ok       ', skipped: 'skipped  ', failed: 'FAILED   ' } as const;

/** 0: nothing failed. 1: a test failed. @throws CommandError, EngineLoadError */
export async function conformance(given: CommandWords, io: CommandIo): Promise<number> {
  const [engine] = given.operands;
  if (engine === undefined)
    throw new CommandError('conformance needs an engine: a bundled one by name, or the path of a module.');
  const reporter = choiceOption(given, 'reporter', ['json', 'pretty']) ?? 'pretty';
  const report = await runConformance(optionsFrom(given, engine, io), (result) => {
    if (reporter === 'pretty') io.out(lineFor(result));
  });
  if (report.passed + report.failed === 0)
    throw new CommandError('No test ran: --only matches none that applies.');
  if (reporter === 'json') io.out(`${JSON.stringify({ engine, ...report }, null, 2)}\n`);
  else {
    const { description, contract, seed, passed, skipped, failed, duration } = report;
    io.out(`\n${description}, contract ${contract}, seed ${seed}\n`);
    io.out(`${passed} passed, ${skipped} skipped, ${failed} failed in ${(duration / 1000).toFixed(1)} s\n`);
  }
  return report.failed > 0 ? 1 : 0;
}

function optionsFrom(given: CommandWords, engine: string, io: CommandIo): ConformanceOptions {
  const [config] = given.values('config');
  const seed = numberOption(given, 'seed');
  const contract = choiceOption(given, 'contract', ['current', 'v1']);
  const only = patternFrom(given);
  return {
    engine,
    cwd: io.cwd,
    ...(config === undefined ? {} : { config }),
    ...(contract === undefined ? {} : { contract }),
    ...(seed === undefined ? {} : { seed }),
    ...(only === undefined ? {} : { only }),
  };
}

function patternFrom(given: CommandWords): RegExp | undefined {
  const [text] = given.values('only');
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (error) {
    throw new CommandError(`--only takes a regular expression: ${(error as Error).message}`);
  }
}

function lineFor(result: ConformanceResult): string {
  const head = `${words[result.outcome]}${result.group.padEnd(GROUP_WIDTH)}${result.name}`;
  if (result.outcome === 'skipped') return `${head}: ${result.reason}\n`;
  if (result.outcome === 'failed') return `${head}\n${result.message.replace(/^/gm, '         ')}\n`;
  return `${head}\n`;
}
