import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import type { ChannelState, Id, UserView } from '../api/types';
import { useFormat } from '../i18n/format';
import { entities } from './entities';
import { sameList, useAll } from './hooks';
import { wantUser } from './missing';

/** The others in a conversation. */
export function othersIn(channel: ChannelState | undefined): Id[] {
  const ids = channel?.channel.participants ?? [];
  const others = ids.filter((id) => id !== entities.state.myId);
  return others.length > 0 ? others : ids;
}

/** Keeps a name of another direction from turning the list around it. */
const isolated = (name: string): string => `\u2068${name}\u2069`;

export type Title = { text: string; prefix: '#' | '' };

/** What a channel is called: its name, or the people in the conversation. */
export function useTitle(channel: ChannelState | undefined): Title {
  const { t } = useLingui();
  const format = useFormat();
  const ids = othersIn(channel);
  const conversation = channel?.channel.kind === 'direct' || channel?.channel.kind === 'group';
  const users = useAll(entities.state.users, () => ids.map((id) => entities.state.users.get(id)), sameList);
  const missing = users.indexOf(undefined);
  const missingId = ids[missing];
  useEffect(() => {
    if (missingId !== undefined) wantUser(missingId);
  }, [missingId]);
  if (!channel) return { text: '', prefix: '' };
  if (!conversation) return { text: channel.channel.name, prefix: '#' };
  const me = entities.state.myId;
  const nameOf = (user: UserView | undefined): string => {
    const name = user?.display_name ?? t`Somebody`;
    return user?.id === me ? t`${name} (you)` : name;
  };
  const names = users.map(nameOf);
  return { text: format.list(names.length > 1 ? names.map(isolated) : names), prefix: '' };
}
