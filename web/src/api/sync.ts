import { call } from './client';
import type { Changes, JournalKey } from './events';
import type { Id } from './types';

/** What changed in a journal since a position, whichever of the four kinds it is. */
export function getChanges(journal: JournalKey, after: number, epoch: string): Promise<Changes> {
  const [kind, id = ''] = journal.split(':');
  const query = { after, epoch };
  if (kind === 'channel') return call('get_channel_changes', { path: { channel_id: id }, query });
  if (kind === 'workspace') return call('get_workspace_changes', { path: { workspace_id: id }, query });
  return kind === 'user' ? call('get_user_changes', { query }) : call('get_instance_changes', { query });
}

export const listChannelStates = (after?: Id) => call('list_channel_states', { query: { after, limit: 200 } });
