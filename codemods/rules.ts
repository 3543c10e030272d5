// Every kind of finding of the check: id, severity and what `explain` says. One entry a rule, sorted by id.
import type { Rule } from './facts/codemod.ts';

/** The rules, sorted by id. */
export const rules: readonly Rule[] = [
  {
    id: 'any-parameter',
    severity: 'error',
    summary: 'a parameter is any, so nothing about it is compared',
    explanation: `The contract gives the parameter a type; the implementation takes any (written, through ...args: any[], or because
nothing says otherwise). TypeScript is silent about everything that is done with it.

  drifts     responseHandler(handle: EngineHandle, cookie: Cookie, response: any)
  conforms   responseHandler(handle: EngineHandle, cookie: Cookie, response: DeepReadonly<ProtocolBinaryResponseHeader>)

Give the parameter the contract's type.`,
  },
  {
    id: 'async-return',
    severity: 'error',
    summary: 'an async function stands in a slot that does not return a promise',
    explanation: `The caller does not wait: a rejection is lost, and what comes after the first await runs after the command was
answered. TypeScript accepts a promise where the contract says void.

  drifts     async onSnapshot(header: Readonly<Header>): Promise<void>
  conforms   onSnapshot(header: Readonly<Header>): void

Return the status; where the engine has to wait, return ENGINE_EWOULDBLOCK and notify later.`,
  },
  {
    id: 'cast-hides-drift',
    severity: 'error',
    summary: 'a drifting function is put into its slot through a cast',
    explanation: `The cast makes the compiler accept any signature, so the drift shows only when the slot is called.

  drifts     me->dcp.response_handler = (response_handler_t)old_handler;
  drifts     export const engine = { responseHandler: oldHandler } as unknown as EngineInterface;

Change the signature, then take the cast away.`,
  },
  {
    id: 'crossed-guard',
    severity: 'info',
    summary: 'a guard tests one slot and another one is called',
    explanation: `The slot that is called may be empty although the guard let it pass, or is never called although it is there.

  suspicious   if (engine->dcp.response_handler != nullptr) { return engine->dcp.system_event(...); }

Test the slot that is called.`,
  },
  {
    id: 'extra-optional-parameter',
    severity: 'warning',
    summary: 'an optional parameter that the contract does not have',
    explanation: `The caller never passes it, so it always has its default. Compilers accept it.

Take it away, or bind it before the function is put into the slot.`,
  },
  {
    id: 'extra-required-parameter',
    severity: 'error',
    summary: 'more parameters than the contract passes',
    explanation: `The caller passes as many arguments as the contract says; the last parameters are undefined (TypeScript) or garbage
(C, behind a cast).

Take the parameters of the contract, in its order.`,
  },
  {
    id: 'fewer-parameters',
    severity: 'error',
    summary: 'fewer parameters than the contract passes',
    explanation: `An older signature looks like this: the parameter that the contract added, or the header itself, is dropped.
TypeScript accepts fewer parameters silently; in C it is a compile error at the assignment, target by target.

Take every parameter; start the name of an unused one with an underscore.`,
  },
  {
    id: 'header-mutated',
    severity: 'error',
    summary: 'what the contract made read-only is written to',
    explanation: `The parameter is typed read-only and is written to all the same: through an alias or a cast, a nested object, an array
or byte view, Object.assign, Reflect.set, defineProperty, a DataView, a helper, or later through a field that kept it.
Readonly<T> is assignable to T, so TypeScript reports about half of the direct forms and none of the others.

  drifts     const view = response as ProtocolBinaryResponseHeader; view.response.opaque = 0;
  conforms   const own = { ...response, response: { ...response.response } }; own.response.opaque = 0;

The related locations are the way the header took. Write to a copy.`,
  },
  {
    id: 'hides-base',
    severity: 'error',
    summary: 'a derived method hides the base method instead of overriding it',
    explanation: `The base method takes the parameter const, the derived one does not and has no "override": it is another function
now, and a call through the base never reaches it. The compiler is silent, with -Woverloaded-virtual it may warn.

  drifts     bool handleResponse(protocol_binary_response_header* resp);
  conforms   bool handleResponse(const protocol_binary_response_header* resp) override;

Take the base's parameter types and say override.`,
  },
  {
    id: 'missing-slot',
    severity: 'error',
    summary: 'a required slot has no implementation',
    explanation: `The contract requires the slot and the implementation does not have it: a module of exports, an object behind a cast, or
a class without implements is not compared by TypeScript.

Implement the slot.`,
  },
  {
    id: 'misspelt-slot',
    severity: 'warning',
    summary: 'a member is named almost like an optional slot that is missing',
    explanation: `The slot is optional, so nothing misses it; the member is extra, so nothing forbids it in a class.

  drifts     onSnapshotMaker(header) { ... }     the contract has onSnapshotMarker?

Correct the name.`,
  },
  {
    id: 'mutable-parameter',
    severity: 'error',
    summary: 'a parameter is mutable where the contract is read-only',
    explanation: `The contract hands the value out read-only; the implementation takes it mutable. In C and C++ that is a compile error,
reported at the slot assignment, one target at a time. In TypeScript it is silent: Readonly<T> is assignable to T.

  drifts     static ENGINE_ERROR_CODE handler(ENGINE_HANDLE*, const void*, protocol_binary_response_header* response)
  conforms   static ENGINE_ERROR_CODE handler(ENGINE_HANDLE*, const void*, const protocol_binary_response_header* response)

"kv-engine-migrate run" rewrites it with everything it flows to, and says where a person has to look.`,
  },
  {
    id: 'narrower-parameter',
    severity: 'error',
    summary: 'a parameter accepts less than the contract passes',
    explanation: `The caller may pass values that the implementation does not expect: a subtype, fewer literals, no undefined. On a contract
with methods TypeScript is silent (parameters of methods are bivariant).

Take the contract's type and check inside.`,
  },
  {
    id: 'parameter-type',
    severity: 'error',
    summary: 'a parameter has another type than the contract',
    explanation: `The types have nothing to do with each other, or the widths or signs of integers differ.

Take the contract's type.`,
  },
  {
    id: 'read-only-parameter',
    severity: 'error',
    summary: 'a parameter is read-only where the contract is mutable',
    explanation: `In C and C++ the function type differs, so it does not fit the slot without a cast; an out-parameter that is const cannot
be filled.

Take the contract's type.`,
  },
  {
    id: 'return-type',
    severity: 'error',
    summary: 'the return type differs from the contract',
    explanation: `The caller gets another type than it reads: any, a number for an enum, a value where the contract is void (it is dropped).

Return what the contract says.`,
  },
  {
    id: 'slot-never-assigned',
    severity: 'info',
    summary: 'an engine fills some slots of a table and leaves others empty',
    explanation: `An empty slot is null: a caller that does not test it crashes. For many slots that is intended ("not supported").

Nothing to do where the callers test the slot.`,
  },
  {
    id: 'suppressed-drift',
    severity: 'error',
    summary: 'a comment suppresses the error that a drifting signature causes',
    explanation: `@ts-ignore, @ts-expect-error or @ts-nocheck stands over an implementation that does not fit its slot.

Change the signature, then take the comment away.`,
  },
  {
    id: 'swapped-parameters',
    severity: 'error',
    summary: "two parameters stand in each other's place",
    explanation: `Their types are alike, so no compiler says anything, and the values are mixed up; or their types differ and each fits the
other's place.

  drifts     onReply(bodylen: number, keylen: number)     the contract has (keylen, bodylen)

Take the contract's order.`,
  },
  {
    id: 'unresolved-implementation',
    severity: 'warning',
    summary: 'no declaration of what stands in a slot was found',
    explanation: `The slot is given a name that no file under the given paths declares: a macro makes the function, or it belongs to a
library outside of the tree. It was not compared, and must not pass for conforming.

Give the folder that declares it, too, or compare it by hand.`,
  },
  {
    id: 'wider-parameter',
    severity: 'warning',
    summary: 'a parameter accepts more than the contract passes',
    explanation: `unknown, object, a structural subset, T | null or an optional parameter: it works, and hides from every later comparison
what the implementation relies on.

Take the contract's type.`,
  },
];
