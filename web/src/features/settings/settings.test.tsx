import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entities } from '../../entities/entities';
import { answers, json, problem, show } from '../../test/render';
import { ME_ID, snapshot, user } from '../../test/rows';
import { lookAgain } from '../notify';
import { DeviceCard } from './account/DeviceCard';
import { PasswordCard } from './account/PasswordCard';
import { Profile } from './account/Profile';
import { SessionsCard } from './account/SessionsCard';

const me = { ...user(ME_ID), instance_role: 'member' as const, created_at: '2026-01-01T00:00:00Z', email: 'n@x.org' };
const ME = 'PATCH /api/v1/users/me';
const PASSWORD = 'POST /api/v1/auth/password';
const SESSIONS = '/api/v1/auth/sessions';
const setup = () => json({ needed: false, min_password_chars: 10 });

beforeEach(() => {
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
});

describe('the profile', () => {
  it('sends what changed and nothing else, and shows it at once', async () => {
    const { asked, fake } = answers({ [ME]: () => json({ ...me, display_name: 'Noor H.', version: 2 }) });
    vi.stubGlobal('fetch', fake);
    const { person } = show(<Profile me={me} />);
    const name = screen.getByLabelText('Name');
    await person.clear(name);
    await person.type(name, '  Noor H. {Enter}');
    await screen.findByText('Saved');
    expect(asked.map((call) => call.body)).toEqual([{ display_name: 'Noor H.' }]);
    expect(entities.state.me.get('me')?.display_name).toBe('Noor H.');
    expect(entities.state.users.get(ME_ID)?.display_name).toBe('Noor H.');
  });

  it('says at the username that it is taken, and keeps what was typed', async () => {
    vi.stubGlobal('fetch', answers({ [ME]: () => problem(409, 'name_taken') }).fake);
    const { person } = show(<Profile me={me} />);
    const field = screen.getByLabelText('Username') as HTMLInputElement;
    await person.clear(field);
    await person.type(field, 'ravi{Enter}');
    await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText('This name is taken. Choose another.')).toBeTruthy();
    expect(field.value).toBe('ravi');
  });

  it('asks the server nothing while a field is wrong', async () => {
    const { asked, fake } = answers({});
    vi.stubGlobal('fetch', fake);
    const { person } = show(<Profile me={me} />);
    await person.clear(screen.getByLabelText('Name'));
    await person.clear(screen.getByLabelText('Username'));
    await person.type(screen.getByLabelText('Username'), 'x.{Enter}');
    expect(screen.getByText('Tell people your name.')).toBeTruthy();
    expect(screen.getByText(/2 to 32 characters/)).toBeTruthy();
    expect(asked).toEqual([]);
  });
});

describe('the password', () => {
  const fill = async (person: ReturnType<typeof show>['person']) => {
    await person.type(screen.getByLabelText('Present password'), 'old one');
    await person.type(screen.getByLabelText('New password'), 'a quite new one{Enter}');
  };

  it('says which of the two was refused', async () => {
    const wrong = () => json({ code: 'invalid_credentials', field: 'current', detail: 'x', status: 401 }, 401);
    vi.stubGlobal('fetch', answers({ 'GET /api/v1/setup': setup, [PASSWORD]: wrong }).fake);
    const { person } = show(<PasswordCard me={me} />);
    await fill(person);
    expect(await screen.findByText('This is not your present password.')).toBeTruthy();
    expect(screen.getByLabelText('New password').getAttribute('aria-invalid')).not.toBe('true');
  });

  it('is forgotten by the form once it is changed', async () => {
    const { asked, fake } = answers({
      'GET /api/v1/setup': setup,
      [PASSWORD]: () => new Response(null, { status: 204 }),
    });
    vi.stubGlobal('fetch', fake);
    const { person } = show(<PasswordCard me={me} />);
    await fill(person);
    expect(await screen.findByText('Your password is changed')).toBeTruthy();
    expect(asked.at(-1)?.body).toEqual({ current: 'old one', new: 'a quite new one' });
    expect((screen.getByLabelText('Present password') as HTMLInputElement).value).toBe('');
  });
});

describe('the devices', () => {
  const session = (id: string, current: boolean) => ({
    id,
    current,
    device_name: current ? 'Firefox on Linux' : 'Safari on iOS',
    created_at: '2026-11-01T00:00:00Z',
    last_seen_at: '2026-11-20T00:00:00Z',
    expires_at: '2027-11-20T00:00:00Z',
  });

  it('can be signed out one by one, except this one', async () => {
    const { asked, fake } = answers({
      [`GET ${SESSIONS}`]: () => json({ items: [session('2', false), session('1', true)] }),
      [`DELETE ${SESSIONS}/2`]: () => new Response(null, { status: 204 }),
    });
    vi.stubGlobal('fetch', fake);
    const { person } = show(<SessionsCard />);
    await screen.findByText('Safari on iOS');
    expect(screen.queryByRole('button', { name: 'Sign out Firefox on Linux' })).toBeNull();
    await person.click(screen.getByRole('button', { name: 'Sign out Safari on iOS' }));
    await waitFor(() => expect(screen.queryByText('Safari on iOS')).toBeNull());
    expect(asked.at(-1)?.call).toBe(`DELETE ${SESSIONS}/2`);
    expect(screen.getByText('Only this device is signed in.')).toBeTruthy();
  });
});

describe('notifications on this device', () => {
  afterEach(() => {
    localStorage.clear();
    vi.unstubAllGlobals();
    lookAgain();
  });

  it('ask the browser only after a press', async () => {
    const asks = vi.fn(async () => {
      fake.permission = 'granted';
      return 'granted';
    });
    const fake = Object.assign(() => undefined, { permission: 'default', requestPermission: asks });
    vi.stubGlobal('Notification', fake);
    vi.stubGlobal('isSecureContext', true);
    lookAgain();
    const { person } = show(<DeviceCard />);
    expect(asks).not.toHaveBeenCalled();
    await person.click(screen.getByRole('button', { name: 'Turn on' }));
    expect(asks).toHaveBeenCalledTimes(1);
    expect(await screen.findByText('Notifications are on')).toBeTruthy();
    await person.click(screen.getByRole('button', { name: 'Turn off' }));
    expect(screen.getByText('Notifications are off')).toBeTruthy();
  });

  it('say what to do where the browser refuses', () => {
    vi.stubGlobal(
      'Notification',
      Object.assign(() => undefined, { permission: 'denied' }),
    );
    vi.stubGlobal('isSecureContext', true);
    lookAgain();
    show(<DeviceCard />);
    expect(screen.getByText('This browser blocks notifications')).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});
