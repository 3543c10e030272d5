// The C and C++ adapter. Importing it loads no parser; reading a contract or opening a tree does.
import type { Language } from '../../facts/language.ts';
import { mentions } from './mentions.ts';
import { mentionsSends } from './sends/mentions-sends.ts';

/** C and C++ through tree-sitter. */
export const cpp: Language = {
  id: 'cpp',
  name: 'C/C++',
  compilerSeesWrites: true,
  mentions,
  readContract: async (texts) => {
    const [{ loadParser }, { readContract }] = await Promise.all([
      import('./parser.ts'),
      import('./contract-reader.ts'),
    ]);
    return readContract(await loadParser(), texts);
  },
  mentionsSends,
  open: async (sources, contract, candidates, options = {}) => {
    const [{ loadParser }, { openProgram }] = await Promise.all([
      import('./parser.ts'),
      import('./program.ts'),
    ]);
    return openProgram(await loadParser(), sources, contract, candidates, options);
  },
};
