import { describe, expect, it } from 'vitest';
import { message, page } from '../../test/rows';
import { appendPage, insertMessage, openWindow, prependPage, trim, type Window } from './window';

const numbers = (w: Window) => w.rows.map((row) => row.number);
const middle = openWindow(page([10, 12, 15], { more_before: true, more_after: true }));

describe('a window', () => {
  it('grows at both ends without doubles', () => {
    const older = prependPage(middle, page([5, 8, 10], { more_before: false }));
    expect(numbers(older)).toEqual([5, 8, 10, 12, 15]);
    expect(older.moreBefore).toBe(false);
    const newer = appendPage(older, page([15, 20]));
    expect(numbers(newer)).toEqual([5, 8, 10, 12, 15, 20]);
    expect(newer.moreAfter).toBe(false);
  });

  it('takes a new message only where it leaves no hole', () => {
    expect(numbers(insertMessage(middle, message(30)))).toEqual([10, 12, 15]);
    expect(numbers(insertMessage(middle, message(2)))).toEqual([10, 12, 15]);
    expect(numbers(insertMessage(middle, message(13)))).toEqual([10, 12, 13, 15]);
    const end = openWindow(page([10, 12]));
    expect(numbers(insertMessage(end, message(14)))).toEqual([10, 12, 14]);
    expect(numbers(insertMessage(end, message(1)))).toEqual([1, 10, 12]);
  });

  it('takes the same message once', () => {
    const end = openWindow(page([10]));
    expect(insertMessage(end, message(10))).toBe(end);
  });

  it('starts with the first message of an empty channel', () => {
    expect(numbers(insertMessage(openWindow(page([])), message(1)))).toEqual([1]);
  });

  it('forgets the far end and knows that there is more', () => {
    const all = openWindow(page([1, 2, 3, 4, 5]));
    const late = trim(all, 'start', 3);
    expect(numbers(late.window)).toEqual([3, 4, 5]);
    expect(late.window.moreBefore).toBe(true);
    expect(late.dropped.map((row) => row.number)).toEqual([1, 2]);
    expect(trim(all, 'end', 3).window).toMatchObject({ moreAfter: true });
    expect(trim(all, 'end', 5).dropped).toEqual([]);
  });
});
