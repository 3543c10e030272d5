// Puts drafted functions that depend on each other into one group, and spells a group as a whole.
import type { SendForm, SendGroup, SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf } from '../document.ts';
import type { SendPart } from '../send-part.ts';
import { removeStatements } from './removal.ts';
import { type DraftFunction, type DraftSite, settled, Unspeakable } from './site-draft.ts';

/** Groups while they grow. */
export interface Joiner {
  readonly join: (functions: readonly DraftFunction[]) => void;
  readonly list: () => readonly (readonly DraftFunction[])[];
}

/** Every function is a group of its own at first. */
export function joiner(all: readonly DraftFunction[]): Joiner {
  const leader = new Map<DraftFunction, DraftFunction>();
  const find = (fn: DraftFunction): DraftFunction => {
    const up = leader.get(fn);
    return up === undefined || up === fn ? fn : find(up);
  };
  return {
    join: (functions) => {
      const [first, ...rest] = functions;
      if (first === undefined) return;
      for (const fn of rest) if (find(fn) !== find(first)) leader.set(find(fn), find(first));
    },
    list: () => {
      const groups = new Map<DraftFunction, DraftFunction[]>();
      for (const fn of all) groups.set(find(fn), [...(groups.get(find(fn)) ?? []), fn]);
      return [...groups.values()];
    },
  };
}

/** The part of one group; none without a site. */
export function partsOf(members: readonly DraftFunction[]): readonly SendPart[] {
  const own = members
    .flatMap((fn) => fn.sites.map((site) => ({ fn, site })))
    .sort((a, b) => compare(a.fn.doc.file, b.fn.doc.file) || a.site.node.startIndex - b.site.node.startIndex);
  const [first] = own;
  if (first === undefined) return [];
  const names = [...new Set(own.map(({ fn }) => fn.name))];
  const name = names.length === 1 ? `function ${names[0]}` : `functions ${names.join(', ')}`;
  return [
    {
      group: {
        id: `${first.site.id} ${name}`,
        name,
        sites: own.map(({ fn, site }) => settled(fn.doc, site)),
      },
      spell: (forms) => spell(own, forms),
    },
  ];
}

function spell(
  own: readonly { readonly fn: DraftFunction; readonly site: DraftSite }[],
  forms: ReadonlyMap<string, SendForm>,
): SendSpelling {
  const edits = new Map<string, TextEdit[]>();
  const give = (id: string, edit: TextEdit): void => {
    edits.set(id, [...(edits.get(id) ?? []), edit]);
  };
  const gone = new Map<Document, { readonly id: string; readonly statement: Node }[]>();
  for (const { fn, site } of own) {
    try {
      const change = site.change(forms.get(site.id) ?? 'copy');
      for (const edit of change.edits ?? []) give(site.id, edit);
      for (const statement of change.statements ?? [])
        gone.set(fn.doc, [...(gone.get(fn.doc) ?? []), { id: site.id, statement }]);
    } catch (error) {
      if (error instanceof Unspeakable) return { cannot: error.message, range: rangeOf(fn.doc, error.node) };
      throw error;
    }
  }
  for (const [doc, statements] of gone) {
    for (const edit of removeStatements(
      doc,
      statements.map(({ statement }) => statement),
    )) {
      const owner = statements.find(
        ({ statement }) => statement.startIndex >= edit.start && statement.startIndex <= edit.end,
      );
      if (owner !== undefined) give(owner.id, edit);
    }
  }
  const kept = withoutNested(edits);
  return 'lost' in kept
    ? { cannot: 'what moves here would stand in something that goes', range: kept.lost }
    : kept;
}

// What stands in something that goes as a whole goes with it; a line that was to be put there has no place any more.
function withoutNested(
  edits: ReadonlyMap<string, readonly TextEdit[]>,
): { readonly edits: ReadonlyMap<string, readonly TextEdit[]> } | { readonly lost: TextEdit } {
  const all = [...edits.values()].flat();
  const isNested = (edit: TextEdit): boolean =>
    all.some(
      (other) =>
        other !== edit &&
        other.text === '' &&
        other.file === edit.file &&
        other.end - other.start > edit.end - edit.start &&
        (edit.start === edit.end
          ? other.start < edit.start && edit.start < other.end
          : other.start <= edit.start && edit.end <= other.end),
    );
  const lost = all.find((edit) => edit.start === edit.end && isNested(edit));
  if (lost !== undefined) return { lost };
  return { edits: new Map([...edits].map(([id, own]) => [id, own.filter((edit) => !isNested(edit))])) };
}

/** By file, then by place. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The order of groups in a tree. */
export function byPlace(a: SendGroup, b: SendGroup): number {
  const [x, y] = [a.sites[0]?.range, b.sites[0]?.range];
  return x === undefined || y === undefined ? 0 : compare(x.file, y.file) || x.start - y.start;
}
