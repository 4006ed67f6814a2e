import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowLeft, Hash, Lock, Megaphone, UserPlus, Users } from 'lucide-react';
import type { ChannelState } from '../../api/types';
import { usePresence } from '../../entities/hooks';
import { othersIn, useTitle } from '../../entities/useTitle';
import { openOverlay } from '../../lib/overlay';
import { navigate } from '../../lib/router';
import { IconButton } from '../../ui/IconButton';
import css from './ChannelHead.module.css';
import { ChannelMenu } from './ChannelMenu';
import { currentWorkspaceId } from './current';

const icons = { public: Hash, private: Lock, announcement: Megaphone, direct: undefined, group: Users };

export function ChannelHead({ channel }: { channel: ChannelState }) {
  const { t } = useLingui();
  const title = useTitle(channel);
  const { kind, topic, archived } = channel.channel;
  const Icon = icons[kind];
  const presence = usePresence(kind === 'direct' ? (othersIn(channel)[0] ?? '') : '');
  const conversation = kind === 'direct' || kind === 'group';
  const mayAdd = channel.permissions.includes('manage_channel_members') && !conversation;
  const handleBack = () => {
    const workspaceId = channel.channel.workspace_id ?? currentWorkspaceId();
    navigate(workspaceId ? { name: 'workspace', workspaceId } : { name: 'home' });
  };
  return (
    <header className={css.head}>
      <IconButton className={css.back} label={t`Back to conversations`} onPress={handleBack}>
        <ArrowLeft size={20} aria-hidden className="flip" />
      </IconButton>
      <div className={css.title}>
        <h1>
          {Icon && <Icon size={18} aria-hidden />}
          <span>{title.text}</span>
        </h1>
        {archived ? (
          <p>
            <Trans>Archived: nobody writes here any more.</Trans>
          </p>
        ) : (
          topic !== '' && <p>{topic}</p>
        )}
        {presence === 'online' && <p>{t`Online`}</p>}
        {presence === 'offline' && <p>{t`Not here at the moment`}</p>}
      </div>
      {mayAdd && (
        <IconButton
          label={t`Add people`}
          onPress={() => openOverlay({ kind: 'add-members', channelId: channel.channel.id })}
        >
          <UserPlus size={18} aria-hidden />
        </IconButton>
      )}
      {kind !== 'direct' && (
        <IconButton label={t`Members`} onPress={() => openOverlay({ kind: 'members', channelId: channel.channel.id })}>
          <Users size={18} aria-hidden />
        </IconButton>
      )}
      <ChannelMenu channel={channel} />
    </header>
  );
}
