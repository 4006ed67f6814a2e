import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { entities } from '../../entities/entities';
import { answers, json, show } from '../../test/render';
import { CHANNEL_ID, channel, snapshot, user, WORKSPACE_ID } from '../../test/rows';
import { AddMembersDialog } from './AddMembersDialog';

const item = (id: string, name: string) => ({ user_id: id, user: user(id, { display_name: name, handle: `h${id}` }) });

describe('adding people', () => {
  it('offers those who are not in the channel, and adds who was chosen', async () => {
    const { asked, fake } = answers({
      [`GET /api/v1/workspaces/${WORKSPACE_ID}/members?limit=50`]: () =>
        json({ items: [item('2', 'Priya Raman'), item('3', 'Zoë Quinn')] }),
      [`GET /api/v1/channels/${CHANNEL_ID}/members?limit=50`]: () => json({ items: [item('2', 'Priya Raman')] }),
      [`POST /api/v1/channels/${CHANNEL_ID}/members`]: () => json({ items: [] }),
    });
    vi.stubGlobal('fetch', fake);
    entities.ingest({ kind: 'snapshot', snapshot: snapshot([channel()]) });
    const onClose = vi.fn();
    const { person } = show(<AddMembersDialog channelId={CHANNEL_ID} onClose={onClose} />);
    await person.click(await screen.findByRole('button', { name: /Zoë Quinn/ }));
    expect(screen.queryByText('Priya Raman')).toBeNull();
    await person.click(screen.getByRole('button', { name: 'Add people' }));
    expect(asked.at(-1)?.body).toEqual({ user_ids: ['3'] });
  });
});
