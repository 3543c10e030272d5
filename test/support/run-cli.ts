// The command line in this process, with what it prints kept.
import { main } from '../../codemods/cli.ts';

/** What a command line came to. */
export interface CliRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line from the given folder. */
export async function runCli(
  cwd: string,
  argv: readonly string[],
  { colour = false, progress = false }: { readonly colour?: boolean; readonly progress?: boolean } = {},
): Promise<CliRun> {
  let out = '';
  let err = '';
  const status = await main(argv, {
    cwd,
    colour,
    progress,
    onStop: () => {},
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { status, out, err };
}
