import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** Formatters are kept per language, so each case reads the module anew. */
async function formats(languages: string[], language: string) {
  vi.resetModules();
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages);
  return (await import('./format')).formatFor(language);
}
const at = (text: string) => new Date(text).getTime();

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(at('2026-11-26T15:00:00'));
});
afterEach(() => vi.useRealTimers());

describe('times and days', () => {
  it('follow the region of the browser within the language of the client', async () => {
    const afternoon = at('2026-11-26T14:30:00');
    expect((await formats(['en-US'], 'en')).time(afternoon)).toMatch(/2:30\sPM/);
    expect((await formats(['de-AT', 'en-GB'], 'en')).time(afternoon)).toBe('14:30');
    expect((await formats(['en-GB'], 'de')).time(afternoon)).toBe('14:30');
  });

  it('name today and yesterday by the calendar, not by hours', async () => {
    const english = await formats(['en-GB'], 'en');
    expect(english.day(at('2026-11-26T00:01:00'))).toBe('Today');
    expect(english.day(at('2026-11-25T00:01:00'))).toBe('Yesterday');
    expect(english.day(at('2026-11-24T23:59:00'))).toBe('Tuesday 24 November');
    expect(english.day(at('2025-11-24T12:00:00'))).toBe('24 November 2025');
    expect((await formats(['de-DE'], 'de')).day(at('2026-11-25T23:59:00'))).toBe('Gestern');
  });

  it('say how long ago in the unit that fits', async () => {
    const english = await formats(['en-GB'], 'en');
    expect(english.ago(at('2026-11-26T14:59:50'))).toBe('this minute');
    expect(english.ago(at('2026-11-26T14:20:00'))).toBe('40 minutes ago');
    expect(english.ago(at('2026-11-26T05:00:00'))).toBe('10 hours ago');
    expect(english.ago(at('2026-11-25T01:00:00'))).toBe('yesterday');
    expect(english.ago(at('2026-11-06T01:00:00'))).toBe('20 days ago');
  });
});
