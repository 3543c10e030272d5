// Fixture texts as the edits of a verdict leave them.
import type { Verdict } from '../../codemods/facts/codemod.ts';
import { applyEdits } from '../../codemods/runner/text-edits.ts';

/** The texts, by file, after every edit. @throws Error for edits that overlap. */
export function applyFindings(
  texts: Readonly<Record<string, string>>,
  { findings }: Verdict,
): Readonly<Record<string, string>> {
  const edits = findings.flatMap((finding) => finding.edits);
  return Object.fromEntries(
    Object.entries(texts).map(([file, text]) => {
      const result = applyEdits(
        text,
        edits.filter((edit) => edit.file === file),
      );
      if ('overlap' in result) throw new Error(`${file}: edits overlap`);
      return [file, result.text];
    }),
  );
}
