// The TypeScript adapter's front door. Loads no compiler: that is paid for in `readContract` and `open`.
import type { Language } from '../../facts/language.ts';
import { mentionsContract } from './mentions.ts';
import { mentionsSends } from './sends/mentions-sends.ts';

/** TypeScript through the compiler's own parser and checker (ts-morph's copy), as a reader only. */
export const typescript: Language = {
  id: 'typescript',
  name: 'TypeScript',
  compilerSeesWrites: false,
  mentions: mentionsContract,
  async readContract(texts, readOther) {
    const { readContract } = await import('./contract-reader.ts');
    return readContract(texts, readOther);
  },
  mentionsSends,
  async open(sources, contract, candidates, options = {}) {
    const { openProgram } = await import('./program.ts');
    return openProgram(sources, contract, candidates, options);
  },
};
