import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '../styles/tokens.css';
import '../styles/base.css';
import { I18nProvider } from '@lingui/react';
import { createRoot } from 'react-dom/client';
import { activate, i18n, preferredLanguage } from '../i18n';
import { Root } from './Root';
import { startSession, wire } from './session';

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no #root');

wire();
await Promise.all([activate(preferredLanguage()), startSession()]);
createRoot(element).render(
  <I18nProvider i18n={i18n}>
    <Root />
  </I18nProvider>,
);
