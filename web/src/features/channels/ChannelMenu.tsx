import { useLingui } from '@lingui/react/macro';
import { Bell, BellOff, EllipsisVertical, LogOut, MessageCircleMore, Settings } from 'lucide-react';
import { Button } from 'react-aria-components';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { ChannelState, NotifyLevel } from '../../api/types';
import { navigate } from '../../lib/router';
import icon from '../../ui/IconButton.module.css';
import { Menu, type MenuGroup } from '../../ui/Menu';
import { toast } from '../../ui/toasts';
import { leaveAndGo, mayLeave } from './leaving';
import { changeNotify } from './notifyLevel';

const failed = (cause: unknown) => toast(errorText(asApiError(cause)), 'danger');

/** One's own settings of a channel: what notifies, and the way out. */
export function ChannelMenu({ channel }: { channel: ChannelState }) {
  const { t } = useLingui();
  const { id: channelId, workspace_id: workspaceId } = channel.channel;
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
  if (workspaceId)
    groups.push({
      label: t`More`,
      items: [
        { id: 'settings', name: t`Channel settings`, icon: Settings },
        ...(mayLeave(channel) ? [{ id: 'leave', name: t`Leave channel`, icon: LogOut, danger: true }] : []),
      ],
    });
  const handleAction = (id: string) => {
    if (id === 'settings' && workspaceId) navigate({ name: 'channel-settings', workspaceId, channelId, page: 'about' });
    else if (id === 'leave') void leaveAndGo(channel).catch(failed);
    else if (id === 'all' || id === 'mentions' || id === 'muted') void changeNotify(channel, id).catch(failed);
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
