import { i18n } from '@lingui/core';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';
import { messages as admin } from '../i18n/locales/admin/en.po';
import { messages } from '../i18n/locales/en.po';

// The catalogue itself, so tests read what people read. A text that is not extracted yet falls back to its source.
i18n.loadAndActivate({ locale: 'en', messages: { ...messages, ...admin } });
i18n.setMessagesCompiler?.((text) => [text]);

afterEach(() => {
  cleanup();
  localStorage.clear();
});
