// One line of progress for a terminal. Spells it; the command line prints it.

const width = 20;

/** The line for a step, with the control sequences that replace the one before it. */
export function progressBar(step: string, done: number, total: number): string {
  const filled = Math.round((width * done) / Math.max(1, total));
  return `\r\u001b[2K[${'='.repeat(filled)}${' '.repeat(width - filled)}] ${step}`;
}

/** Takes the line away again. */
export const noProgressBar = '\r\u001b[2K';
