import { useLingui } from '@lingui/react';

/** Dates and lists as the reader's language writes them, in the reader's time zone. Formatters are costly to make: one set a language. */
export type Format = {
  locale: string;
  time: (ms: number) => string;
  full: (ms: number) => string;
  day: (ms: number) => string;
  date: (ms: number) => string;
  list: (names: string[]) => string;
};

const sets = new Map<string, Format>();

export function formatFor(locale: string): Format {
  const held = sets.get(locale);
  if (held) return held;
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const names = new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' });
  const set: Format = {
    locale,
    time: (ms) => time.format(ms),
    full: (ms) => full.format(ms),
    day: (ms) => (new Date(ms).getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(ms),
    date: (ms) => dayOfYear.format(ms),
    list: (list) => names.format(list),
  };
  sets.set(locale, set);
  return set;
}

export function useFormat(): Format {
  return formatFor(useLingui().i18n.locale);
}

/** Key of the calendar day in the reader's time zone. */
export function dayKey(ms: number): number {
  const date = new Date(ms);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}
