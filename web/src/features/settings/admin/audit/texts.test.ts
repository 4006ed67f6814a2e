import { describe, expect, it } from 'vitest';
import { isTarget, NONE, queryOf } from './filters';
import { plain } from './plain';

describe('text of the log', () => {
  it('shows what would not be seen or would move the line', () => {
    expect(plain('Nör 田中 👍')).toBe('Nör 田中 👍');
    expect(plain('a\u202Eb\u0000c\nd\u200b')).toBe('a\\u{202e}b\\u{0000}c\\u{000a}d\\u{200b}');
    expect(plain({ a: ['\u001b[31m', 1, null] })).toBe('{"a":["\\u001b[31m",1,null]}');
    expect(plain(undefined)).toBe('');
    expect(plain(true)).toBe('true');
  });
});

describe('filters', () => {
  it('become a question, without what is not complete', () => {
    expect(queryOf(NONE)).toEqual({});
    expect(queryOf({ ...NONE, target: 'x' })).toEqual({});
    expect([isTarget('x'), isTarget(' 12 '), isTarget('')]).toEqual([false, true, true]);
    const query = queryOf({ ...NONE, target: ' 9007199254740993 ', from: '2026-11-27', until: '2026-11-27' });
    // Digits that a number of JavaScript would lose.
    expect(query.target).toBe('9007199254740993');
    expect(query.from_ms).toBe(new Date(2026, 10, 27).getTime());
    expect(query.until_ms).toBe(new Date(2026, 10, 28).getTime());
  });
});
