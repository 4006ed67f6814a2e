import { i18n, type Messages } from '@lingui/core';

/** Languages of the client, each a lazy chunk. Names are written in their own language. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** Words of everybody, and those of the administration, which come with its pages. */
export type Area = 'base' | 'admin';

const loaders: Record<Area, Record<Language, () => Promise<{ messages: Messages }>>> = {
  base: {
    en: () => import('./locales/en.po'),
    de: () => import('./locales/de.po'),
  },
  admin: {
    en: () => import('./locales/admin/en.po'),
    de: () => import('./locales/admin/de.po'),
  },
};
/** What was asked for: a change of language loads all of it. */
const areas = new Set<Area>(['base']);

const KEY = 'plexichat.language';

function isLanguage(text: string | null | undefined): text is Language {
  return text === 'en' || text === 'de';
}

/** What the person chose; else what the browser prefers; else English. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(KEY);
  if (isLanguage(stored)) return stored;
  const wanted = navigator.languages.map((l) => l.slice(0, 2)).find(isLanguage);
  return wanted ?? 'en';
}

export async function activate(language: Language): Promise<void> {
  const parts = await Promise.all([...areas].map((area) => loaders[area][language]()));
  const messages = Object.assign({}, ...parts.map((part) => part.messages)) as Messages;
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}

/** A part of the client together with the words it says. */
export async function withWords<M>(area: Area, part: Promise<M>): Promise<M> {
  if (!areas.has(area) && isLanguage(i18n.locale)) {
    const language = i18n.locale;
    const { messages } = await loaders[area][language]();
    areas.add(area);
    i18n.load(language, messages);
    // Chosen meanwhile: the words of the other language have come without these.
    if (isLanguage(i18n.locale) && i18n.locale !== language) await activate(i18n.locale);
  }
  return part;
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await activate(language);
}

export { i18n };
