// Why two engines could not be compared. What differs between them is no error: it is in the report.

/**
 * `nothing-played`: no conversation, or none that reached the engine. `not-deterministic`: the engine before the
 * migration does not answer twice alike. `broken-trace`: a line of the recording is none.
 */
export type VerifyErrorCode = 'broken-trace' | 'not-deterministic' | 'nothing-played';

/** Thrown where `verify` cannot say anything; the message is one line and says what to do. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';
  readonly code: VerifyErrorCode;

  constructor(code: VerifyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
