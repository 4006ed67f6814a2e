import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

const ADMIN = ['src/features/kit', 'src/features/settings/admin'];

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de'],
  fallbackLocales: { default: 'en' },
  catalogs: [
    {
      path: '<rootDir>/src/i18n/locales/{locale}',
      include: ['src'],
      exclude: ['**/*.test.*', ...ADMIN.map((folder) => `${folder}/**`)],
    },
    // Words that only those who run the instance read, or who is setting it up: loaded with what says them.
    { path: '<rootDir>/src/i18n/locales/admin/{locale}', include: ADMIN, exclude: ['**/*.test.*'] },
  ],
  format: formatter({ lineNumbers: false, printPlaceholdersInComments: false }),
  compileNamespace: 'es',
});
