import { useCallback, useEffect, useState } from 'react';
import type { ChannelView, Id, KeyTaskTarget } from '../../../../api/types';
import { listChannels } from '../../../../api/workspaces';
import { useChannels, useConversations, useWorkspaces } from '../../../../entities/hooks';
import { nameOf } from '../../../../entities/useTitle';
import { useFormat } from '../../../../i18n/format';
import type { Option } from '../../../../ui/Select';

export type Level = KeyTaskTarget['level'];
/** In the place of a workspace: conversations are in none. */
export const CONVERSATIONS = 'conversations';

export type Choice = {
  level: Level;
  setLevel: (level: Level) => void;
  workspaces: Option[];
  workspaceId: string;
  setWorkspaceId: (id: string) => void;
  channels: Option[];
  channelId: string;
  setChannelId: (id: string) => void;
  month: string;
  setMonth: (month: string) => void;
  /** What was chosen; nothing while something is missing. */
  target: KeyTaskTarget | undefined;
};

/** The channels of a workspace that the person can find, joined or not, archived ones too. */
function useListed(workspaceId: string, wanted: boolean): readonly ChannelView[] {
  const [listed, setListed] = useState<{ of: string; channels: readonly ChannelView[] }>({ of: '', channels: [] });
  useEffect(() => {
    if (!wanted || workspaceId === '' || workspaceId === CONVERSATIONS) return undefined;
    let shown = true;
    Promise.all([listChannels(workspaceId), listChannels(workspaceId, '', true)])
      .then(([open, archived]) => {
        if (shown) setListed({ of: workspaceId, channels: [...open.items, ...archived.items] });
      })
      .catch(() => undefined);
    return () => {
      shown = false;
    };
  }, [workspaceId, wanted]);
  return listed.of === workspaceId ? listed.channels : [];
}

/** Channels by name, each once. */
function useChannelOptions(workspaceId: string, wanted: boolean): Option[] {
  const format = useFormat();
  const listed = useListed(workspaceId, wanted);
  const joined = useChannels(workspaceId);
  const conversations = useConversations();
  if (workspaceId === CONVERSATIONS)
    return conversations.map((state) => ({ id: state.channel.id, name: nameOf(state, format.list) }));
  const all = new Map(
    [...joined.map((state) => state.channel), ...listed].map((channel) => [channel.id, channel.name]),
  );
  const options = [...all].map(([id, name]) => ({ id, name: `#${name}` }));
  return options.sort((a, b) => a.name.localeCompare(b.name, format.locale));
}

/** Whose keys: the level, and below it a workspace, a channel, a month of it. */
export function useTarget(first: Level): Choice {
  const [level, setLevel] = useState<Level>(first);
  const [workspaceId, chooseWorkspace] = useState('');
  const [channelId, setChannelId] = useState('');
  const [month, setMonth] = useState('');
  const workspaces = useWorkspaces().map(({ workspace }) => ({ id: workspace.id, name: workspace.name }));
  const current = workspaceId || (workspaces[0]?.id ?? '');
  const channels = useChannelOptions(current, level === 'channel');
  const channel: Id = channels.some(({ id }) => id === channelId) ? channelId : (channels[0]?.id ?? '');
  const setWorkspaceId = useCallback((id: string) => {
    chooseWorkspace(id);
    setChannelId('');
  }, []);
  const target = ((): KeyTaskTarget | undefined => {
    if (level === 'root' || level === 'instance') return { level };
    if (level === 'workspace') return current === '' ? undefined : { level, id: current };
    return channel === '' ? undefined : { level, id: channel };
  })();
  return {
    level,
    setLevel,
    workspaces,
    workspaceId: current,
    setWorkspaceId,
    channels,
    channelId: channel,
    setChannelId,
    month,
    setMonth,
    target,
  };
}
