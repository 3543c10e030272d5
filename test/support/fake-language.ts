// A language small enough to see through. `SLOT x` implements the slot, `SLOT` alone only mentions the contract,
// `<<...>>` is a broken statement, `!` a syntax error of the whole file, `BAD:ro` does not compile.
import type { Codemod } from '../../codemods/facts/codemod.ts';
import type { Finding } from '../../codemods/facts/finding.ts';
import type { Implementation } from '../../codemods/facts/implementation.ts';
import { type Language, LanguageError, type Program } from '../../codemods/facts/language.ts';
import type { Slot } from '../../codemods/facts/slot.ts';
import type { TextRange } from '../../codemods/facts/text.ts';
import type { LanguageEntry } from '../../codemods/languages/index.ts';

/** The language, and what was loaded of it so far. */
export interface FakeLanguage {
  readonly entry: LanguageEntry;
  readonly loads: readonly string[];
}

/** A language of `.fake` files. Its id is a real one, for want of another; nothing depends on that. */
export function fakeLanguage(): FakeLanguage {
  const loads: string[] = [];
  const language: Language = {
    id: 'cpp',
    name: 'Fake',
    compilerSeesWrites: true,
    mentions: () => (text) => /\bSLOT\b|slot \w/.test(text),
    mentionsSends: () => (text) => /\baddIov\b/.test(text),
    async readContract(texts) {
      loads.push('contract');
      const [first] = texts;
      if (first?.text.includes('!')) {
        throw new LanguageError('contract-unparsable', `${first.file} does not parse: stray "!"`);
      }
      const slots = texts.flatMap(({ file, text }) =>
        matches(file, text, /slot \w+/g).map(({ range }) => slotAt(range)),
      );
      if (slots.length === 0) throw new LanguageError('contract-empty', `${first?.file} declares no slot`);
      return { texts, slots };
    },
    async open(sources, contract, candidates) {
      loads.push('program');
      const [slot] = contract.slots;
      if (slot === undefined) throw new Error('a contract without slots was let through');
      return fakeProgram(sources.read, slot, candidates);
    },
  };
  const entry: LanguageEntry = {
    id: 'cpp',
    name: 'Fake',
    extensions: ['.fake'],
    formatter: undefined,
    load: async () => {
      loads.push('adapter');
      return language;
    },
  };
  return { entry, loads };
}

/** A codemod that replaces every match of `pattern` in files that implement the slot; one site per match. */
export function replacing(
  id: string,
  pattern: RegExp,
  text: string,
  more: Partial<Pick<Finding, 'applicability' | 'reason' | 'severity'>> = {},
): Codemod {
  return {
    id,
    about: 'slots',
    summary: id,
    explanation: id,
    decide: ({ program }) => {
      const findings = program.implementations().flatMap(({ range, signature }) =>
        matches(range.file, signature, pattern).map((match): Finding => {
          const isReview = more.applicability === 'review';
          return {
            rule: id,
            severity: 'error',
            applicability: 'automatic',
            message: `${match.text} has to be ${text}`,
            range: match.range,
            related: [],
            edits: isReview ? [] : [{ ...match.range, text }],
            ...more,
          };
        }),
      );
      const review = findings.filter(({ applicability }) => applicability === 'review').length;
      const found = findings.length;
      return { findings, sites: { found, edited: found - review, fine: 0, review } };
    },
  };
}

function fakeProgram(
  read: (file: string) => string | undefined,
  slot: Slot,
  candidates: readonly string[],
): Program {
  const inFiles = (pattern: RegExp) => candidates.flatMap((file) => matches(file, read(file) ?? '', pattern));
  return {
    // The signature carries the text, so that a codemod of a test can look at it.
    implementations: () =>
      inFiles(/SLOT \w+/g).map(({ range }) => implementationAt(slot, range, read(range.file) ?? '')),
    unassigned: () => [],
    guards: () => [],
    unresolved: () => [],
    sends: () => [],
    spellSends: () => ({ edits: new Map() }),
    look: () => ({ writes: [], flows: [], escapes: [], peers: [] }),
    spellReadOnly: () => ({ edits: [] }),
    spellCopy: () => ({ edits: [] }),
    health: () =>
      candidates.map((file) => {
        const text = read(file) ?? '';
        const broken = matches(file, text, /<<.*?>>/gs).map(({ range }) => range);
        return { file, broken, ...(text.includes('!') ? { failed: 'stray "!"' } : {}) };
      }),
    verify: (edited) =>
      [...edited].flatMap(([file, text]) =>
        matches(file, text, /BAD:ro/g).map(({ range }) => ({ range, message: 'BAD cannot be ro' })),
      ),
  };
}

function matches(
  file: string,
  text: string,
  pattern: RegExp,
): readonly { readonly range: TextRange; readonly text: string }[] {
  return [...text.matchAll(pattern)].map((match) => ({
    range: { file, start: match.index, end: match.index + match[0].length },
    text: match[0],
  }));
}

function slotAt(range: TextRange): Slot {
  return {
    container: 'table',
    name: 'handler',
    parameters: [],
    returns: 'void',
    required: false,
    signature: 'void ()',
    range,
  };
}

function implementationAt(slot: Slot, range: TextRange, signature: string): Implementation {
  return {
    slot,
    kind: 'function',
    implementer: 'handler',
    group: range.file,
    range,
    binding: undefined,
    confidence: 'certain',
    parameters: [],
    signature,
    mismatches: [],
    concealed: undefined,
  };
}
