// A bound for waiting on an engine. Real time: an engine may do real work.
import { ConformanceFailure } from './failure.ts';

/** @throws ConformanceFailure (as a rejection) with `text` where the promise is not settled after `ms` milliseconds. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, text: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ConformanceFailure(`${text} (waited ${ms} ms).`, true)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
