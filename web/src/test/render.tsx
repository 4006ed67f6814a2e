import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';

/** A component with what every screen stands in, and somebody who uses it. */
export function show(element: ReactElement) {
  const person = userEvent.setup();
  return { person, ...render(<I18nProvider i18n={i18n}>{element}</I18nProvider>) };
}

/** Answers of the server by "METHOD path". Anything else fails the test by its name. */
export function answers(table: Record<string, () => Response | Promise<Response>>) {
  const asked: { call: string; body: unknown }[] = [];
  const fake = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const call = `${init?.method ?? 'GET'} ${String(input)}`;
    asked.push({ call, body: init?.body === undefined ? undefined : JSON.parse(String(init.body)) });
    const answer = table[call];
    if (!answer) throw new Error(`nobody answers ${call}`);
    return answer();
  };
  return { asked, fake };
}

export const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
export const problem = (status: number, code: string) => json({ code, title: code, status, detail: code }, status);
