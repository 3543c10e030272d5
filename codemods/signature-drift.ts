// The check: every implementation of every slot against the contract, parameter by parameter. Policy only.
import type { Codemod, CodemodInput, Verdict } from './facts/codemod.ts';
import type { Finding, Related, Severity } from './facts/finding.ts';
import { follow, pathTo, planReadOnly } from './facts/flow.ts';
import type {
  CrossedGuard,
  Implementation,
  Mismatch,
  UnassignedSlot,
  UnresolvedBinding,
} from './facts/implementation.ts';
import type { Place } from './facts/place.ts';
import { type Slot, slotKey } from './facts/slot.ts';
import { rules } from './rules.ts';

/** Reports every implementation whose signature departs from the contract's, and writes to what the contract made read-only. */
export const signatureDrift: Codemod = {
  id: 'signature-drift',
  about: 'slots',
  summary: 'compare every implementation of every slot with the published contract',
  explanation: `Every slot of the contract is compared with every function that stands in it, before any build: parameter by
parameter, with the return type, and with what keeps a compiler from comparing them (casts, suppressions, any). The
place that is reported is the drifting parameter; the slot assignment that compilers name and the contract's declaration
are related locations. Each kind of drift is a rule of its own: see "list", and "explain" with the rule's id.`,
  decide,
};

function decide(input: CodemodInput): Verdict {
  const { program } = input;
  const findings: Finding[] = [];
  let fine = 0;
  for (const implementation of program.implementations()) {
    if (implementation.kind === 'declaration' && input.contractReplacesCopies === true) continue;
    const own = implementationFindings(input, implementation);
    if (own.length === 0) fine++;
    findings.push(...own);
  }
  findings.push(
    ...unassignedFindings(program.unassigned()),
    ...program.guards().map(guardFinding),
    ...program.unresolved().map(unresolvedFinding),
  );
  // One place, one finding: a function in two slots, or a comment over three, is corrected once. The first one stands.
  const unique = [
    ...new Map(
      [...findings]
        .reverse()
        .map((finding) => [
          `${finding.rule}:${finding.range.file}:${finding.range.start}:${finding.range.end}`,
          finding,
        ]),
    ).values(),
  ].reverse();
  // A note is no site: nothing has to be done about it.
  const drift = unique.filter((finding) => finding.severity !== 'info');
  const edited = drift.filter((finding) => finding.applicability === 'automatic').length;
  return {
    findings: unique,
    sites: { found: drift.length + fine, edited, fine, review: drift.length - edited },
  };
}

function implementationFindings(input: CodemodInput, implementation: Implementation): readonly Finding[] {
  const mutable = new Set(
    implementation.mismatches.flatMap(({ kind, parameter }) =>
      kind === 'mutable-parameter' ? [parameter] : [],
    ),
  );
  // A mutable type accepts less than the read-only one, too; that goes when it becomes read-only.
  const telling = implementation.mismatches.filter(
    ({ kind, parameter }) => kind !== 'narrower-parameter' || !mutable.has(parameter),
  );
  const findings = telling.map((mismatch) => mismatchFinding(input, implementation, mismatch));
  const { concealed } = implementation;
  if (concealed !== undefined) {
    const rule = concealed.kind === 'suppression' ? 'suppressed-drift' : 'cast-hides-drift';
    findings.push(
      finding(rule, {
        message: `${concealed.text} keeps the compiler from comparing ${implementation.implementer} with ${slotKey(implementation.slot)}`,
        reason: 'take it away once the signature is right',
        range: concealed.range,
        expected: implementation.slot.signature,
        found: implementation.signature,
        related: relatedTo(implementation),
      }),
    );
  }
  return [...findings, ...(input.language.compilerSeesWrites ? [] : mutations(input, implementation))];
}

function mismatchFinding(input: CodemodInput, implementation: Implementation, mismatch: Mismatch): Finding {
  const slot = slotKey(implementation.slot);
  const subject =
    implementation.kind === 'declaration'
      ? `this copy of the contract: ${slot}`
      : `${implementation.implementer}, in slot ${slot},`;
  const detail = mismatch.detail === undefined ? '' : ` (${mismatch.detail})`;
  const parameter =
    mismatch.parameter === undefined ? undefined : implementation.slot.parameters[mismatch.parameter];
  const which =
    parameter === undefined
      ? ''
      : ` for parameter ${(mismatch.parameter ?? 0) + 1}${parameter.name === undefined ? '' : ` "${parameter.name}"`}`;
  const held =
    mismatch.kind === 'mutable-parameter'
      ? obstacleOf(input, implementation, mismatch)
      : 'this kind of drift is not rewritten: change the signature by hand';
  const doubt =
    implementation.confidence === 'likely'
      ? 'it is matched by name and shape only; nothing here names the contract'
      : held;
  const drift = finding(mismatch.kind, {
    message: `${subject} has ${mismatch.found} where the contract has ${mismatch.expected}${which}${detail}`,
    reason: doubt,
    range: mismatch.range,
    expected: mismatch.parameter === undefined ? mismatch.expected : implementation.slot.signature,
    found: mismatch.parameter === undefined ? mismatch.found : implementation.signature,
    related: relatedTo(implementation),
  });
  // What only looks like an engine fails no build by itself, but has to be looked at.
  return implementation.confidence === 'likely' && drift.severity === 'error'
    ? { ...drift, severity: 'warning' }
    : drift;
}

// Undefined when `run` would rewrite it; otherwise what it would stop at.
function obstacleOf(
  { program }: CodemodInput,
  implementation: Implementation,
  mismatch: Mismatch,
): string | undefined {
  const place = mismatch.parameter === undefined ? undefined : implementation.parameters[mismatch.parameter];
  const like =
    mismatch.parameter === undefined ? undefined : implementation.slot.parameters[mismatch.parameter];
  if (place === undefined || like === undefined) return 'the parameter cannot be followed';
  const plan = planReadOnly(program, [place], like);
  return plan.held.some((held) => held.id === place.id) ? plan.obstacles[0]?.reason : undefined;
}

// What the contract made read-only and the language's compiler lets one write to all the same.
function mutations({ program }: CodemodInput, implementation: Implementation): readonly Finding[] {
  return implementation.slot.parameters.flatMap((parameter, i) => {
    const place = implementation.parameters[i];
    if (!parameter.readOnly || place === undefined || implementation.kind === 'declaration') return [];
    if (implementation.mismatches.some((mismatch) => mismatch.parameter === i)) return [];
    const graph = follow([place], (at: Place) => program.look(at));
    return [...graph.values()].flatMap((reached) =>
      reached.facts.writes.map((write) =>
        finding('header-mutated', {
          message: `${implementation.implementer} takes "${parameter.name ?? `parameter ${i + 1}`}" read-only, and it is written to: ${write.how}`,
          reason: 'write to a copy, or return what the caller should know',
          range: write.range,
          expected: parameter.type,
          found: write.how,
          related: [
            ...pathTo(graph, reached.place).map((step) => ({
              range: step.step?.at ?? step.place.range,
              message: `by way of ${step.place.name}`,
            })),
            contractRelated(implementation.slot),
          ],
        }),
      ),
    );
  });
}

// One note an engine and container, however many slots it leaves empty.
function unassignedFindings(unassigned: readonly UnassignedSlot[]): readonly Finding[] {
  const groups = new Map<string, UnassignedSlot[]>();
  for (const one of unassigned) {
    const key = `${one.group}\n${one.slot.container}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = group.map((one) => one.slot.name).join(', ');
    return [
      finding('slot-never-assigned', {
        message: `this engine fills other slots of ${first.slot.container} and never assigns ${names}`,
        reason: 'a caller has to test the slot before it calls it',
        range: first.range,
        related: [contractRelated(first.slot)],
      }),
    ];
  });
}

function unresolvedFinding({ slot, text, range }: UnresolvedBinding): Finding {
  return finding('unresolved-implementation', {
    message: `${text} stands in slot ${slotKey(slot)}, and no declaration of it was found`,
    reason: 'nothing could be compared: give the files that declare it, too, or look at it by hand',
    range,
    expected: slot.signature,
    related: [contractRelated(slot)],
  });
}

function guardFinding(guard: CrossedGuard): Finding {
  return finding('crossed-guard', {
    message: `the guard tests ${slotKey(guard.tested)}, and ${slotKey(guard.called)} is called`,
    reason: 'test the slot that is called',
    range: guard.range,
    related: [{ range: guard.call, message: `${slotKey(guard.called)} is called here` }],
  });
}

function relatedTo(implementation: Implementation): readonly Related[] {
  const { binding, slot } = implementation;
  const assigned =
    binding === undefined ? [] : [{ range: binding, message: `put into slot ${slotKey(slot)} here` }];
  return [...assigned, contractRelated(slot)];
}

function contractRelated(slot: Slot): Related {
  return { range: slot.range, message: `the contract's ${slotKey(slot)}: ${slot.signature}` };
}

type Parts = Omit<Finding, 'rule' | 'severity' | 'applicability' | 'edits' | 'reason'> & {
  readonly reason: string | undefined;
};

function finding(rule: string, { reason, ...parts }: Parts): Finding {
  return {
    rule,
    severity: severityOf(rule),
    ...parts,
    ...(reason === undefined ? { applicability: 'automatic' } : { applicability: 'review', reason }),
    edits: [],
  };
}

function severityOf(id: string): Severity {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new TypeError(`no rule ${id}`);
  return rule.severity;
}
