import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeyTaskView } from '../../../api/types';
import { entities } from '../../../entities/entities';
import { answers, json, problem, show } from '../../../test/render';
import { ME_ID, snapshot } from '../../../test/rows';
import { useKeys } from '../../kit/state';
import { Audit } from './audit/Audit';
import { Certificates } from './certificates/Certificates';
import { Keys } from './keys/Keys';

const API = '/api/v1/admin';
const kit = {
  id: '5',
  form: 'words',
  needed: 1,
  total: 1,
  fingerprint: 'ab12 cd34',
  created_at: '2026-11-27T10:00:00Z',
  proven_at: '2026-11-27T10:05:00Z',
};
const keys = { root_version: 1, vault: 'file', shred_grace_hours: 72, shred_needs_approval: true, kit };
const task = (id: string, asked_by: string): KeyTaskView => ({
  id,
  kind: 'shred',
  target: { level: 'channel', id: '10' },
  state: 'unapproved',
  asked_by,
  asked_at: '2026-11-27T10:00:00Z',
  due_at: '2026-11-30T10:00:00Z',
  changed: 0,
  at: 0,
  of: 0,
  since: '2026-11-27T10:00:00Z',
});
const base = {
  [`GET ${API}/keys`]: () => json(keys),
  [`GET ${API}/keys/vault`]: () => json({ opens: true, parts: [{ name: 'file' }] }),
  [`GET ${API}/keys/tasks`]: () => json({ items: [] }),
};
const serve = (table: Record<string, () => Response>) => {
  const { asked, fake } = answers({ ...base, ...table });
  // Names of people and channels are beside the point here.
  const listed = async (input: RequestInfo | URL, init?: RequestInit) =>
    /\/(users|channels|accounts)/.test(String(input)) ? json({ items: [] }) : fake(input, init);
  vi.stubGlobal('fetch', listed);
  return asked;
};

beforeEach(() => {
  useKeys.setState({ keys: undefined, error: undefined });
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
});

describe('keys', () => {
  it('name the part of the vault that does not open', async () => {
    serve({
      [`GET ${API}/keys/vault`]: () =>
        json({ opens: true, parts: [{ name: 'a' }, { name: 'b', problem: 'gone for good' }] }),
    });
    show(<Keys />);
    await screen.findByText('gone for good');
    expect(screen.getAllByText('Opens')).toHaveLength(1);
  });

  it('are approved by somebody else than who asked, and given up by anybody', async () => {
    const asked = serve({
      [`GET ${API}/keys/tasks`]: () => json({ items: [task('1', ME_ID), task('2', '999')] }),
      [`POST ${API}/keys/tasks/2/approve`]: () => json({ ...task('2', '999'), state: 'waiting' }),
      [`DELETE ${API}/keys/tasks/1`]: () => problem(409, 'conflict'),
    });
    const { person } = show(<Keys />);
    await screen.findAllByText('Waits for approval');
    const approve = screen.getAllByRole('button', { name: /^Approve/ });
    expect(approve).toHaveLength(1);
    for (const button of approve) await person.click(button);
    await waitFor(() => expect(asked.some(({ call }) => call === `POST ${API}/keys/tasks/2/approve`)).toBe(true));
    for (const button of screen.getAllByRole('button', { name: /^Give up/ }).slice(0, 1)) await person.click(button);
    await screen.findByText('This does not fit the present state. Load it again.');
  });

  it('are replaced as chosen', async () => {
    const asked = serve({ [`POST ${API}/keys/tasks`]: () => json(task('3', ME_ID), 201) });
    const { person } = show(<Keys />);
    const form = within(await screen.findByRole('form', { name: 'Replace keys' }));
    await person.click(form.getByRole('button', { name: 'Replace keys' }));
    await form.findByText('Asked for');
    expect(asked.find(({ call }) => call.startsWith('POST'))?.body).toEqual({
      kind: 'rotate',
      target: { level: 'root' },
    });
  });
});

describe('certificates', () => {
  const one = {
    id: 'acme-1',
    names: ['chat.example.org'],
    issuer: 'CN=R11',
    serial: '0a',
    expires_at: new Date(Date.now() - 86_400_000).toISOString(),
    is_in_force: true,
    failures: 2,
    problem: 'rate limited',
  };

  it('tell that they expired and why, and are renewed when asked', async () => {
    const asked = serve({
      [`GET ${API}/certificates`]: () => json({ mode: 'acme', items: [one] }),
      [`POST ${API}/certificates/renew`]: () => new Response(null, { status: 204 }),
    });
    const { person } = show(<Certificates />);
    await screen.findByText('Expired');
    expect(screen.getByText('rate limited')).toBeTruthy();
    await person.click(screen.getByRole('button', { name: 'Renew now…' }));
    await person.click(screen.getByRole('button', { name: 'Renew now' }));
    await screen.findByText(/One of the servers renews it/);
    expect(asked.filter(({ call }) => call === `GET ${API}/certificates`)).toHaveLength(2);
  });

  it('from files are renewed by others', async () => {
    serve({ [`GET ${API}/certificates`]: () => json({ mode: 'files', items: [one] }) });
    show(<Certificates />);
    await screen.findByText('Expired');
    expect(screen.queryByRole('button', { name: 'Renew now…' })).toBeNull();
  });
});

describe('the audit log', () => {
  it('shows what stands in it as text, hidden signs too', async () => {
    const entry = {
      number: 0,
      is_kept: true,
      at: '2026-11-27T10:00:00Z',
      action: 'something.new',
      outcome: 'done',
      actor: { kind: 'anonymous' },
      before: {},
      after: { reason: '<b>\u202Ex</b>' },
      sealed: {},
    };
    serve({
      [`GET ${API}/audit?limit=50`]: () => json({ items: [entry] }),
      [`GET ${API}/audit/checkpoint`]: () => problem(503, 'unavailable'),
    });
    const { person } = show(<Audit />);
    await screen.findByText('something.new');
    await person.click(screen.getByRole('button', { name: 'Details of entry 0' }));
    expect(screen.getByText('<b>\\u{202e}x</b>')).toBeTruthy();
    expect(screen.getByText('Not signed in')).toBeTruthy();
  });
});
