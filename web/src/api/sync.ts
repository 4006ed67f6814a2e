import { get } from './client';
import type { Changes, JournalKey } from './events';
import type { ChannelState, Id } from './types';

function changesPath(journal: JournalKey): string {
  const [kind = '', id = ''] = journal.split(':');
  if (kind === 'channel') return `/channels/${id}/changes`;
  if (kind === 'workspace') return `/workspaces/${id}/changes`;
  return kind === 'user' ? '/users/me/changes' : '/instance/changes';
}

export const getChanges = (journal: JournalKey, after: number, epoch: string) =>
  get<Changes>(changesPath(journal), { after, epoch });

export const listChannelStates = (after?: Id) =>
  get<{ channels: ChannelState[]; more: boolean }>('/sync/channels', { after, limit: 200 });
