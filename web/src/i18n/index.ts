import { i18n, type Messages } from '@lingui/core';

/** Languages of the client, each a lazy chunk. Names are written in their own language. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const loaders: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import('./locales/en.po'),
  de: () => import('./locales/de.po'),
};

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
  const { messages } = await loaders[language]();
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await activate(language);
}

export { i18n };
