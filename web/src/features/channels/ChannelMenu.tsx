import { useLingui } from '@lingui/react/macro';
import { Bell, BellOff, EllipsisVertical, LogOut, MessageCircleMore } from 'lucide-react';
import { Button } from 'react-aria-components';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { ChannelState, NotifyLevel } from '../../api/types';
import { leaveChannel, updateMembership } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { navigate } from '../../lib/router';
import icon from '../../ui/IconButton.module.css';
import { Menu, type MenuGroup } from '../../ui/Menu';
import { toast } from '../../ui/toasts';

const failed = (cause: unknown) => toast(errorText(asApiError(cause)), 'danger');

async function notifyBy(channel: ChannelState, notify: NotifyLevel): Promise<void> {
  try {
    const { version } = await updateMembership(channel.channel.id, notify);
    const next = { ...channel, notify, membership_version: version };
    entities.ingest({ kind: 'channel_state', channel: next });
  } catch (cause) {
    failed(cause);
  }
}

async function leave(channel: ChannelState): Promise<void> {
  const { id, workspace_id: workspaceId } = channel.channel;
  try {
    await leaveChannel(id);
    const home = entities.state.workspaces.get(workspaceId ?? '')?.workspace.default_channel_id;
    navigate(home && home !== id ? { name: 'channel', workspaceId, channelId: home } : { name: 'home' }, 'replace');
  } catch (cause) {
    failed(cause);
  }
}

/** One's own settings of a channel: what notifies, and the way out. */
export function ChannelMenu({ channel }: { channel: ChannelState }) {
  const { t } = useLingui();
  const { kind } = channel.channel;
  const level = (id: NotifyLevel, name: string, Icon: MenuGroup['items'][number]['icon']) => ({
    id,
    name,
    checked: channel.notify === id,
    ...(Icon ? { icon: Icon } : {}),
  });
  const groups: MenuGroup[] = [
    {
      label: t`Tell me about`,
      title: t`Tell me about`,
      items: [
        level('all', t`Every message`, MessageCircleMore),
        level('mentions', t`Mentions only`, Bell),
        level('muted', t`Nothing: mute it`, BellOff),
      ],
    },
  ];
  if (kind === 'public' || kind === 'private' || kind === 'announcement')
    groups.push({ label: t`More`, items: [{ id: 'leave', name: t`Leave channel`, icon: LogOut, danger: true }] });
  const handleAction = (id: string) => {
    if (id === 'leave') void leave(channel);
    else if (id === 'all' || id === 'mentions' || id === 'muted') void notifyBy(channel, id);
  };
  return (
    <Menu
      label={t`Settings of this channel`}
      groups={groups}
      onAction={handleAction}
      trigger={
        <Button className={icon.icon ?? ''} aria-label={t`Settings of this channel`}>
          <EllipsisVertical size={18} aria-hidden />
        </Button>
      }
    />
  );
}
