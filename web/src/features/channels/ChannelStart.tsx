import { Trans } from '@lingui/react/macro';
import { Hash, Lock, Megaphone, MessageSquareText, UserPlus, Users } from 'lucide-react';
import type { ChannelState } from '../../api/types';
import { useWorkspace } from '../../entities/hooks';
import { othersIn, useTitle } from '../../entities/useTitle';
import { openOverlay } from '../../lib/overlay';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import css from './ChannelView.module.css';

const icons = { public: Hash, private: Lock, announcement: Megaphone, direct: MessageSquareText, group: Users };

/** What stands above the first message: what this place is for, and what to do next when it is still empty. */
export function ChannelStart({ channel, alone }: { channel: ChannelState; alone: boolean }) {
  const title = useTitle(channel);
  const { kind, id, workspace_id, archived } = channel.channel;
  const workspace = useWorkspace(workspace_id ?? '')?.workspace.name ?? '';
  const name = title.text;
  const Icon = icons[kind];
  const other = othersIn(channel)[0];
  const mayAdd = channel.permissions.includes('manage_channel_members');
  const conversation = kind === 'direct' || kind === 'group';
  return (
    <div className={css.start} data-alone={alone || undefined}>
      {kind === 'direct' && other ? (
        <Avatar id={other} name={name} size={64} />
      ) : (
        <span className={css.icon} aria-hidden>
          <Icon size={30} />
        </span>
      )}
      <h2>
        {conversation ? <Trans>Your conversation with {name}</Trans> : <Trans>This is the very start of #{name}</Trans>}
      </h2>
      <p>
        {conversation && <Trans>Only the people in it can read this.</Trans>}
        {kind === 'public' && archived && <Trans>Nothing was said in this channel before it was archived.</Trans>}
        {kind === 'public' && !archived && (
          <Trans>
            Say what this channel is for, so people know when to write here. Everyone in {workspace} can join it.
          </Trans>
        )}
        {kind === 'private' && <Trans>Only people who were added can find and read this channel.</Trans>}
        {kind === 'announcement' && (
          <Trans>News for everyone in {workspace}. Administrators write, everybody reads.</Trans>
        )}
      </p>
      {alone && mayAdd && !conversation && !archived && (
        <div>
          <Button
            variant="primary"
            size="l"
            icon={UserPlus}
            onPress={() => openOverlay({ kind: 'add-members', channelId: id })}
          >
            <Trans>Add people</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}
