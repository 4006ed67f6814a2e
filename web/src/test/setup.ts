import { i18n } from '@lingui/core';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

// Texts fall back to their English source, so tests read what people read.
i18n.loadAndActivate({ locale: 'en', messages: {} });
i18n.setMessagesCompiler?.((text) => [text]);

afterEach(() => {
  cleanup();
  localStorage.clear();
});
