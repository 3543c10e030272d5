// Why an engine could not be had. The message is for people: one line, and what to do next.

/** What each code means; the keys are the stable part. */
export const engineLoadErrorCodes = {
  'engine-not-found': 'No bundled engine, file or package has this name.',
  'engine-broken': 'The module is there and throws, or it makes no handle.',
  'not-an-engine': 'The module exports no `createInstance`.',
  'slots-missing': 'The handle lacks slots that the contract requires.',
  'engine-refused':
    'The engine does not want to run: `createInstance` or `initialize` failed with a code, or rejected.',
} as const;

/** The stable identity of an {@link EngineLoadError}. */
export type EngineLoadErrorCode = keyof typeof engineLoadErrorCodes;

/** An engine that could not be loaded or started; the message is one line and says what to do. */
export class EngineLoadError extends Error {
  override readonly name = 'EngineLoadError';
  readonly code: EngineLoadErrorCode;

  constructor(code: EngineLoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The first line of what was thrown, for use inside of a message; without the full stop at its end. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}
