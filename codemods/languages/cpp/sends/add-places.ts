// Where an add stands: in a callback whose answer counts bytes, or beside a pipe that only sending empties.
import { enclosing, type Node, parts, textOf } from '../document.ts';
import { lambdaFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { siteAt } from './queue-order.ts';
import type { SendCall } from './send-functions.ts';
import { brief, type DraftFunction, object } from './site-draft.ts';
import { visibleFunctions } from './visible-functions.ts';

/** Notes adds in callbacks, and on the stream those of a pipe's memory. */
export function noteAddPlaces(library: Library, fn: DraftFunction): void {
  const { doc } = fn;
  for (const call of fn.calls) {
    if (call.role !== 'add') continue;
    const callback = callbackAround(fn, call);
    if (callback !== undefined) {
      object(
        siteAt(fn, call.call),
        'add-in-callback',
        doc,
        call.call,
        `${brief(doc, call.call)} runs inside of ${callback}(), which counts what the callback answers`,
      );
    } else if (call.target?.kind !== 'same-calls' && comesFromPipe(library, fn, call)) {
      object(
        siteAt(fn, call.call),
        'write-pipe',
        doc,
        call.call,
        `${brief(doc, call.call)} sends what lies in a pipe, and with a copy nobody empties the pipe`,
      );
    }
  }
}

// A lambda that answers nothing and is run at once (`std::for_each`) is a loop by another name.
function callbackAround({ doc }: DraftFunction, { call }: SendCall): string | undefined {
  const lambda = enclosing(call, 'lambda_expression');
  if (lambda === undefined) return undefined;
  const list = lambda.parent;
  const outer = list?.type === 'argument_list' ? list.parent : null;
  const answers = lambda
    .descendantsOfType('return_statement')
    .some((node) => node !== null && parts(node).length > 0);
  const returns = lambdaFunction(doc, lambda)?.returns ?? '';
  if (outer?.type !== 'call_expression')
    return answers || (returns !== '' && returns !== 'void') ? 'a lambda' : undefined;
  const name = calleeText(doc, outer);
  if (!answers && /^(?:std::)?for_each(?:_n)?$/.test(name)) return undefined;
  return name;
}

// The function moves a pipe on (`produced`) and adds memory that comes out of a pipe, or nobody knows where from.
function comesFromPipe(library: Library, { doc, node }: DraftFunction, { args }: SendCall): boolean {
  const [pointer] = args;
  if (pointer === undefined) return false;
  const text = textOf(doc, node);
  const source = sourceOf(fnSource(doc, pointer));
  if (/\bwdata\s*\(/.test(source)) return /(?:->|\.)\s*produced\s*\(/.test(text);
  return takesPipe(library, doc, pointer);

  function sourceOf(value: Node | undefined): string {
    return value === undefined ? '' : `${textOf(doc, value)} ${nested(value)}`;
  }
  function nested(value: Node): string {
    return value
      .descendantsOfType('identifier')
      .map((name) => (name === null ? '' : textOf(doc, resolveVariable(doc, name)?.initialiser ?? name)))
      .join(' ');
  }
}

function fnSource(doc: DraftFunction['doc'], pointer: Node): Node | undefined {
  for (const name of [pointer, ...pointer.descendantsOfType('identifier')]) {
    if (name?.type !== 'identifier') continue;
    const value = resolveVariable(doc, name)?.initialiser;
    if (value !== undefined) return value;
  }
  return pointer;
}

// `make_header(cookie, *connection.write, ...)` puts a header into the pipe and gives it back.
function takesPipe(library: Library, doc: DraftFunction['doc'], pointer: Node): boolean {
  const value = fnSource(doc, pointer);
  if (value?.type !== 'call_expression') return false;
  const list = value.childForFieldName('arguments');
  const name = /(\w+)$/.exec(calleeText(doc, value))?.[1] ?? '';
  const count = list === null ? 0 : parts(list).length;
  return visibleFunctions(library, name).some(
    (fn) =>
      fn.parameters.length === count && fn.parameters.some(({ type }) => /(?:^|::)Pipe$/.test(type.base)),
  );
}
