// What would have ended the process: promises that nobody waited for, and errors that nobody caught.
import process from 'node:process';

/** Collects from now on; `stop` takes the listeners away. Look at it a few turns after what might have failed. */
export interface ProcessFaults extends Disposable {
  readonly seen: readonly unknown[];
}

/** Begins to collect. */
export function watchProcess(): ProcessFaults {
  const seen: unknown[] = [];
  const add = (error: unknown): void => {
    seen.push(error);
  };
  process.on('unhandledRejection', add);
  process.on('uncaughtExceptionMonitor', add);
  return {
    seen,
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', add);
      process.off('uncaughtExceptionMonitor', add);
    },
  };
}
