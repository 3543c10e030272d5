// Every reason for which a run cannot go on. Outcomes that are expected (drift, refusals, failed files) are data instead.

/** What each code means; the keys are the stable part. */
export const errorCodes = {
  'bad-arguments': 'The command line is not one that the tool knows.',
  'contract-empty': 'A contract declares no slot.',
  'contract-unknown': 'A contract file is of no known language.',
  'contract-unparsable': 'A contract does not parse.',
  'contract-unreadable': 'A contract file is missing or is not UTF-8 text.',
  'edit-out-of-range': 'An edit points outside of its file.',
  'formatter-missing': 'A format style was given and there is no formatter to apply it.',
  'ledger-mismatch': 'The figures of a run do not add up.',
  'output-unwritable': 'The report cannot be written to the given file.',
  'path-missing': 'A given path does not exist.',
  'style-missing': 'A given format style file does not exist.',
  'write-failed': 'A result could not be written.',
} as const;

/** The stable identity of an error. */
export type MigrateErrorCode = keyof typeof errorCodes;

/** A run that could not go on; the message is one line and says what to do. */
export class MigrateError extends Error {
  override readonly name = 'MigrateError';
  readonly code: MigrateErrorCode;
  constructor(code: MigrateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The `code` of a system error such as ENOENT; undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
