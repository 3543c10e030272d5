// Loads the tree-sitter grammar once and parses C and C++ text. Offsets are those of the text given.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type Tree } from 'web-tree-sitter';

/** Parses a text; never throws for a syntax error, the tree carries it. */
export type Parse = (text: string) => Tree;

let loaded: Promise<Parse> | undefined;

/** The parser, loaded on first use (about 40 ms). */
export function loadParser(): Promise<Parse> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Parse> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammarPath()));
  return (text) => {
    const tree = parser.parse(text);
    if (tree === null) throw new Error('tree-sitter gave no tree although no time limit was set');
    return tree;
  };
}

// The build puts the grammar beside this file; from source it is the dev dependency's.
function grammarPath(): string {
  if (!import.meta.url.endsWith('.ts'))
    return fileURLToPath(new URL('./tree-sitter-cpp.wasm', import.meta.url));
  return createRequire(import.meta.url).resolve('tree-sitter-cpp/tree-sitter-cpp.wasm');
}
