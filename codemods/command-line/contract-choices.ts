// Which contracts a command line names, by language: a header is for C and C++, a .ts or .d.ts file for TypeScript.
import { shippedContracts } from '../contract/shipped.ts';
import { languageOf, languages } from '../languages/index.ts';
import { MigrateError } from '../runner/errors.ts';
import type { ContractChoice } from '../runner/migrate-request.ts';

/**
 * The contracts of every language that is to be looked at, sorted by language. Files decide the languages; without any,
 * the shipped pair of every language stands.
 * @throws MigrateError `contract-unknown`.
 */
export function contractChoices(from: readonly string[], to: readonly string[]): readonly ContractChoice[] {
  const languageIds = new Set([...from, ...to].map(contractLanguage));
  return shippedContracts
    .filter(({ language }) => languageIds.size === 0 || languageIds.has(language))
    .map((shipped) => {
      const of = (files: readonly string[]): readonly string[] =>
        files.filter((file) => contractLanguage(file) === shipped.language);
      const [givenFrom, givenTo] = [of(from), of(to)];
      // A contract that stands alone is not compared with one that it may have nothing to do with.
      const before = givenFrom.length === 0 && givenTo.length === 0 ? [shipped.old] : givenFrom;
      return {
        language: shipped.language,
        from: before,
        to: givenTo.length === 0 ? [shipped.new] : givenTo,
        replacesCopies: givenTo.length > 0,
      };
    });
}

function contractLanguage(file: string): ContractChoice['language'] {
  const entry = languageOf(file);
  if (entry !== undefined) return entry.id;
  const known = languages.flatMap(({ extensions }) => extensions).join(' ');
  throw new MigrateError('contract-unknown', `"${file}" is no contract: its name ends in none of ${known}.`);
}
