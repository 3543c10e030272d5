// Tells from text alone whether a C or C++ file may bind or declare a slot. Runs without the parser.
import type { ContractText } from '../../facts/slot.ts';

const SLOT = /\(\s*\*\s*(\w+)\s*\)\s*\(/g;
const CONTAINER = /\b(?:struct|class|union)\s+(\w+)[^;{}()]*\{|\}\s*(\w+)\s*;/g;
const CALLBACK_FIELD = /^\s*(\w+)\s+(\w+)\s*;/gm;
const VIRTUAL = /\bvirtual\b[^;{}]*?\b(\w+)\s*\(/g;

/** A predicate on a file's text: it may give a value to a slot, test one, declare a container or derive from one. */
export function mentions(contract: readonly ContractText[]): (text: string) => boolean {
  const tests = patterns(contract);
  return (text) => tests.some((test) => test.test(text));
}

function patterns(contract: readonly ContractText[]): readonly RegExp[] {
  const text = contract.map((part) => part.text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')).join('\n');
  const slots = all(text, SLOT);
  const callbacks = all(text, /\btypedef\b[^;]*?\(\s*\*\s*(\w+)\s*\)\s*\(/g).concat(
    all(text, /\busing\s+(\w+)\s*=[^;]*\(/g),
  );
  for (const match of text.matchAll(CALLBACK_FIELD))
    if (match[1] !== undefined && match[2] !== undefined && callbacks.includes(match[1]))
      slots.push(match[2]);
  const containers = all(text, CONTAINER);
  const tests: RegExp[] = [];
  const either = (words: readonly string[]): string => `(?:${[...new Set(words)].join('|')})`;
  if (slots.length > 0) {
    // A function's name (or a lambda) follows, perhaps behind a cast; a call or a number binds nothing.
    const value = `(?:\\((?:[^()]|\\([^()]*\\))*\\)\\s*|\\w+_cast\\s*<[^;{}]*>\\s*\\(\\s*)?(?:&?\\s*[A-Za-z_][\\w:<>]*\\s*[;,})?#/]|\\[)`;
    tests.push(
      new RegExp(
        `(?:\\.|->)\\s*${either(slots)}\\s*(?:[!=]=\\s*(?:NULL|nullptr|0)\\b|&&)|\\bif\\s*\\(\\s*!?\\s*[\\w.>()-]+(?:\\.|->)\\s*${either(slots)}\\s*\\)`,
      ),
    );
    tests.push(new RegExp(`(?:\\.|->|::)\\s*${either(slots)}\\s*=(?:\\s|//[^\\n]*|/\\*[^*]*\\*/)*${value}`));
  }
  if (containers.length > 0) {
    // Declared, derived from, or initialised; a mere mention binds nothing.
    tests.push(
      new RegExp(
        `\\b(?:struct|class|union)\\s+${either(containers)}\\b[^;{}()]*\\{|\\}\\s*${either(containers)}\\s*;`,
      ),
    );
    tests.push(new RegExp(`:[^;{}()?]*\\b${either(containers)}\\b[^;{}()]*\\{`));
    tests.push(
      new RegExp(
        `\\b${either(containers)}\\s+\\w+\\s*(?:\\[[^\\]]*\\]\\s*)?=?\\s*\\{|\\(\\s*(?:struct\\s+)?${either(containers)}\\s*\\)\\s*\\{`,
      ),
    );
  }
  const methods = all(text, VIRTUAL);
  if (methods.length > 0 && containers.length > 0)
    tests.push(new RegExp(`\\b${either(containers)}\\b[\\s\\S]*\\b${either(methods)}\\s*\\(`));
  return tests;
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter((word) => word !== undefined));
}
