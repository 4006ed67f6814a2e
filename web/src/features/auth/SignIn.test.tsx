import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { answers, json, problem, show } from '../../test/render';
import { user } from '../../test/rows';
import { SignIn } from './SignIn';

const account = { ...user('1'), instance_role: 'member', created_at: '2026-01-01T00:00:00Z' };
const LOGIN = 'POST /api/v1/auth/login';

async function fill(person: ReturnType<typeof show>['person'], name: string, password: string) {
  if (name !== '') await person.type(screen.getByLabelText('Email or username'), name);
  if (password !== '') await person.type(screen.getByLabelText('Password'), password);
  await person.click(screen.getByRole('button', { name: 'Sign in' }));
}

describe('signing in', () => {
  it('asks for a cookie session and hands the account on', async () => {
    const { asked, fake } = answers({ [LOGIN]: () => json({ account, session: {} }) });
    vi.stubGlobal('fetch', fake);
    const onSignedIn = vi.fn();
    const { person } = show(<SignIn onSignedIn={onSignedIn} />);
    await fill(person, 'noor', 'lantern drifts');
    await waitFor(() => expect(onSignedIn).toHaveBeenCalledWith(account));
    expect(asked[0]?.body).toMatchObject({ login: 'noor', password: 'lantern drifts', transport: 'cookie' });
  });

  it('says what is missing before it asks the server', async () => {
    const { asked, fake } = answers({});
    vi.stubGlobal('fetch', fake);
    const { person } = show(<SignIn onSignedIn={vi.fn()} />);
    await fill(person, '', '');
    expect(screen.getByText('Enter your email or username.')).toBeTruthy();
    expect(screen.getByText('Enter your password.')).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it('announces a refusal in words and keeps what was typed', async () => {
    const { fake } = answers({ [LOGIN]: () => problem(401, 'invalid_credentials') });
    vi.stubGlobal('fetch', fake);
    const { person } = show(<SignIn onSignedIn={vi.fn()} />);
    await fill(person, 'noor', 'wrong');
    expect((await screen.findByRole('alert')).textContent).toContain('The name or the password is wrong');
    expect((screen.getByLabelText('Email or username') as HTMLInputElement).value).toBe('noor');
  });

  it('says so when the server does not answer', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
    const { person } = show(<SignIn onSignedIn={vi.fn()} />);
    await fill(person, 'noor', 'secret');
    expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached');
  });
});
