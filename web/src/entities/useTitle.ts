import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import type { ChannelState, Id, UserView } from '../api/types';
import { useFormat } from '../i18n/format';
import { entities } from './entities';
import { sameList, useAll } from './hooks';
import { isConversation } from './mentions';
import { wantUser } from './missing';

/** The others in a conversation. */
export function othersIn(channel: ChannelState | undefined): Id[] {
  const ids = channel?.channel.participants ?? [];
  const others = ids.filter((id) => !isMe(id));
  return others.length > 0 ? others : ids;
}

export function isMe(id: Id): boolean {
  return id === entities.state.myId;
}

/** What a channel is called, where nothing follows its changes: its name, or those of the people as far as known. */
export function nameOf(channel: ChannelState, list: (names: string[]) => string): string {
  if (!isConversation(channel)) return channel.channel.name;
  const names = othersIn(channel).map((id) => entities.state.users.get(id)?.display_name ?? '');
  return list(names.filter((name) => name !== ''));
}

/** Keeps a name of another direction from turning the list around it. */
const isolated = (name: string): string => `\u2068${name}\u2069`;

export type Title = { text: string; prefix: '#' | '' };

/** What a channel is called: its name, or the people in the conversation. */
export function useTitle(channel: ChannelState | undefined): Title {
  const { t } = useLingui();
  const format = useFormat();
  const ids = othersIn(channel);
  const users = useAll(entities.state.users, () => ids.map((id) => entities.state.users.get(id)), sameList);
  const missing = users.indexOf(undefined);
  const missingId = ids[missing];
  useEffect(() => {
    if (missingId !== undefined) wantUser(missingId);
  }, [missingId]);
  if (!channel) return { text: '', prefix: '' };
  if (!isConversation(channel)) return { text: channel.channel.name, prefix: '#' };
  const called = (user: UserView | undefined): string => {
    const name = user?.display_name ?? t`Somebody`;
    return user && isMe(user.id) ? t`${name} (you)` : name;
  };
  const names = users.map(called);
  return { text: format.list(names.length > 1 ? names.map(isolated) : names), prefix: '' };
}
