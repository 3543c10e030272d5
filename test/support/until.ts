// Waits for a state, not for a time.

/** Lets the event loop turn until `holds` answers true. @throws Error, naming `what`, after ten seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}.`);
    await turn();
  }
}

/** Lets the event loop turn `times` times: whatever was about to happen has happened. */
export async function turn(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
