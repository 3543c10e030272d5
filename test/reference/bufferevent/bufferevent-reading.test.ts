import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setUp } from './played-transport.ts';

describe('reading', () => {
  it('offers what was not used up again, with what came after it', () => {
    const offered: string[] = [];
    const { receive } = setUp({
      onReadable: (bytes, start, end) => {
        offered.push(bytes.toString('latin1', start, end));
        return end - start < 5 ? start : start + 5;
      },
    });
    for (const text of ['ab', 'cde', 'fghij', 'k']) receive(text);
    expect(offered).toEqual(['ab', 'abcde', 'fghij', 'k']);
  });

  it('offers it without new bytes when asked to', () => {
    const offered: string[] = [];
    const { bufferevent, receive } = setUp({
      onReadable: (bytes, start, end) => {
        offered.push(bytes.toString('latin1', start, end));
        return start + 1;
      },
    });
    bufferevent.consume();
    receive('abc');
    bufferevent.consume();
    bufferevent.consume();
    bufferevent.consume();
    expect(offered).toEqual(['abc', 'bc', 'c']);
  });

  it('loses and doubles nothing, however it is cut and used up', () => {
    const chunks = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 3000 }), { maxLength: 20 });
    const appetites = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(chunks, appetites, (texts, list) => {
        let eaten = '';
        let turn = 0;
        const { bufferevent, receive } = setUp({
          onReadable: (bytes, start, end) => {
            const appetite = list[turn++ % list.length] as number;
            const to = start + Math.round((end - start) * appetite);
            eaten += bytes.toString('latin1', start, to);
            return to;
          },
        });
        for (const text of texts) if (text !== '') receive(text);
        expect(eaten.length + bufferevent.input.length).toBe(texts.join('').length);
        const left = bufferevent.input;
        expect(eaten + left.bytes.toString('latin1', left.start, left.end)).toBe(texts.join(''));
      }),
      { seed: 42, numRuns: 200 },
    );
  });

  it('pauses and resumes its transport once', () => {
    const { transport, bufferevent } = setUp();
    bufferevent.resume();
    bufferevent.pause();
    bufferevent.pause();
    bufferevent.resume();
    bufferevent.resume();
    expect(transport.calls).toEqual(['pause', 'resume']);
  });
});
