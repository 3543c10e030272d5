// Blanks what the grammar cannot read without the preprocessor, at equal length, so that offsets stay.

const LINKAGE_OPEN =
  /^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus\)?[^\n]*\n(?:[ \t]*\r?\n)*[ \t]*extern[ \t]+"C"[ \t]*\{[^\n]*\n(?:[ \t]*\r?\n)*[ \t]*#[ \t]*endif[^\n]*$/gm;
const LINKAGE_CLOSE =
  /^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus\)?[^\n]*\n(?:[ \t]*\r?\n)*[ \t]*\}[^\n]*\n(?:[ \t]*\r?\n)*[ \t]*#[ \t]*endif[^\n]*$/gm;
// A type may be called SOMETHING_API too; a macro stands before a whole declaration or between `class` and its name.
const EXPORT_MACRO =
  /(?<=\b(?:class|struct|union)\s+)[A-Z][A-Z0-9_]*_(?:API|EXPORT|PUBLIC)\b(?=\s+\w)|\b[A-Z][A-Z0-9_]*_(?:API|EXPORT|PUBLIC|EXTERN)\b(?=\s+[A-Za-z_][\w:]*(?:<[^;()]*>)?(?:\s+|\s*[*&]+\s*)[A-Za-z_])/g;
const FORMAT_MACRO = /\b(?:PRI|SCN)[diouxX](?:8|16|32|64|PTR|MAX|FAST\d+|LEAST\d+)\b/g;

// A macro that is a piece of a string: `"text" CRLF`, `PREFIX "text"`.
const STRING_MACRO = /(?<="[ \t]+)[A-Z][A-Z0-9_]+\b(?=\s*[,)";])|(?<=[(,]\s*)[A-Z][A-Z0-9_]+\b(?=[ \t]+")/g;

// `static` and attributes behind a macro in front of a whole head, attributes behind a macro after a parameter list.
const SPECIFIER_MACRO =
  /^[ \t]*[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?=[ \t]+(?!const\b|volatile\b)[A-Za-z_][\w:]*(?:[ \t]+|[ \t]*[*&]+[ \t]*)(?!const\b)[A-Za-z_][\w:]*\s*\()/gm;
const ATTRIBUTE_MACRO =
  /(?<=\)\s*)\b[A-Z_]*(?:ATTRIBUTE|ATTR|NONNULL|FORMAT|PRINTF|DEPRECATED|NORETURN|NODISCARD|ACQUIRE|RELEASE|REQUIRES|EXCLUDES|NOEXCEPT|WARN_UNUSED)[A-Z_]*\s*\([^()]*\)(?=\s*[;{])/g;
const UNUSED_PARAMETER = /\b[A-Z_]*UNUSED[A-Z_]*\s*\(\s*(\w+)\s*\)(?=\s*[,)])/g;

/** The text with linkage guards, export macros, printf format macros and a BOM replaced by spaces. */
export function blankMacros(text: string): string {
  let result = text.charCodeAt(0) === 0xfeff ? ` ${text.slice(1)}` : text;
  if (result.includes('__cplusplus')) {
    result = result.replace(LINKAGE_OPEN, blank).replace(LINKAGE_CLOSE, blank);
  }
  // A #define of the macro itself must keep its name, or the directive breaks.
  result = result.replace(EXPORT_MACRO, (word, at: number) => (onDirective(result, at) ? word : blank(word)));
  result = result.replace(SPECIFIER_MACRO, blank).replace(ATTRIBUTE_MACRO, blank);
  result = result.replace(UNUSED_PARAMETER, (all, name: string) =>
    `${' '.repeat(all.indexOf(name))}${name}`.padEnd(all.length),
  );
  if (result.includes('"')) result = result.replace(STRING_MACRO, emptyString);
  return result.replace(FORMAT_MACRO, emptyString);
}

function onDirective(text: string, at: number): boolean {
  const line = text.lastIndexOf('\n', at) + 1;
  return /^\s*#/.test(text.slice(line, at));
}

function emptyString(word: string): string {
  return `""${' '.repeat(word.length - 2)}`;
}

function blank(match: string): string {
  return match.replace(/[^\r\n]/g, ' ');
}
