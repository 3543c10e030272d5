// The step before any parser: which files say a word of the contract at all.
import type { Sources } from '../facts/language.ts';

/** Files whose text `mentions` the contract, in the order of `sources.files`. Reads every file. */
export function scan(
  sources: Pick<Sources, 'files' | 'read'>,
  mentions: (text: string) => boolean,
): readonly string[] {
  return sources.files.filter((file) => {
    const text = sources.read(file);
    return text !== undefined && mentions(text);
  });
}
