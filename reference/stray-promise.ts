// What becomes of promises that engines return where the contract has none. Nobody waits for them.

/** A promise that nobody waits for must not end the process: its failure is told to `onRejected` instead. */
export function catchStray(answer: unknown, onRejected: (error: unknown) => void): void {
  if (answer instanceof Promise) answer.then(undefined, onRejected);
}
