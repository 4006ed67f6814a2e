import { useLingui } from '@lingui/react';

/** Dates and lists as the reader writes them, in the reader's time zone. Formatters are costly to make: one set a language. */
export type Format = {
  locale: string;
  time: (ms: number) => string;
  full: (ms: number) => string;
  /** Date and time to the second, as short as it can be told: for tables. */
  moment: (ms: number) => string;
  /** The name of a day: today, yesterday, or its date. */
  day: (ms: number) => string;
  date: (ms: number) => string;
  /** How long ago, in the largest unit that says something. */
  ago: (ms: number) => string;
  list: (names: string[]) => string;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const sets = new Map<string, Format>();

/**
 * The language of the client with the region of the browser: who reads English in Ireland reads 14:30. A browser that
 * names no region for the language leaves it to the language.
 */
function regional(language: string): string {
  const own = typeof navigator === 'undefined' ? [] : navigator.languages;
  return own.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}

/** Calendar days between a moment and now. */
function daysAgo(ms: number): number {
  const then = new Date(ms);
  const now = new Date();
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(then)) / DAY);
}

const capital = (text: string, locale: string): string => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

function ago(relative: Intl.RelativeTimeFormat, ms: number): string {
  const past = Math.max(0, Date.now() - ms);
  if (past < HOUR) return relative.format(-Math.floor(past / MINUTE), 'minute');
  if (past < DAY) return relative.format(-Math.floor(past / HOUR), 'hour');
  return relative.format(-daysAgo(ms), 'day');
}

export function formatFor(language: string): Format {
  const held = sets.get(language);
  if (held) return held;
  const locale = regional(language);
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const names = new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' });
  const nameDay = (ms: number): string => {
    const past = daysAgo(ms);
    if (past === 0 || past === 1) return capital(relative.format(-past, 'day'), locale);
    return (new Date(ms).getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(ms);
  };
  const set: Format = {
    locale,
    time: (ms) => time.format(ms),
    full: (ms) => full.format(ms),
    moment: (ms) => moment.format(ms),
    day: nameDay,
    date: (ms) => dayOfYear.format(ms),
    ago: (ms) => ago(relative, ms),
    list: (list) => names.format(list),
  };
  sets.set(language, set);
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
