// Blanks preprocessor conditionals inside of an initialiser list, where the grammar knows none. All branches stay.

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|^[ \t]*#[ \t]*(\w+)(?:[^\n\\]|\\\r?\n|\\.)*|[{}]/gm;
const CONDITIONAL = /^(?:if|ifdef|ifndef|elif|else|endif)$/;

/** The text with `#if ... #endif` lines inside of `= { ... }` replaced by spaces, at equal length. */
export function blankDirectives(text: string): string {
  if (!/[=,({]\s*\{[^;]*\n[ \t]*#[ \t]*(?:if|else|endif)/.test(text)) return text;
  const lists: boolean[] = [];
  return text.replace(TOKEN, (token: string, directive: string | undefined, at: number) => {
    if (token === '{')
      lists.push(lists.at(-1) === true || /[=(]\s*$/.test(text.slice(Math.max(0, at - 40), at)));
    else if (token === '}') lists.pop();
    else if (directive !== undefined && lists.at(-1) === true && CONDITIONAL.test(directive))
      return token.replace(/[^\r\n]/g, ' ');
    return token;
  });
}
