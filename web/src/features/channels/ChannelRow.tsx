import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { BellOff, Hash, Lock, Megaphone, PencilLine, Users } from 'lucide-react';
import type { ChannelState } from '../../api/types';
import { isUnread, usePresence } from '../../entities/hooks';
import { othersIn, useTitle } from '../../entities/useTitle';
import { Link } from '../../lib/router';
import { Avatar } from '../../ui/Avatar';
import { placeOf, useDrafts } from '../composer';
import css from './Sidebar.module.css';

const MOST_SHOWN = 99;

export function badgeText(count: number): string {
  return count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count);
}

/** One line of the sidebar. What the signs mean stands in its name, so that it is heard as well as seen. */
export function ChannelRow({ channel, current }: { channel: ChannelState; current: boolean }) {
  const { t } = useLingui();
  const title = useTitle(channel);
  const { id, kind, workspace_id } = channel.channel;
  const draft = useDrafts((s) => s.byPlace[placeOf(id)] !== undefined) && !current;
  const muted = channel.notify === 'muted';
  const count = muted ? 0 : channel.mention_count;
  const unread = isUnread(channel) || count > 0;
  const presence = usePresence(kind === 'direct' ? (othersIn(channel)[0] ?? '') : '');
  const said = [title.text];
  if (kind === 'private') said.push(t`private channel`);
  if (kind === 'announcement') said.push(t`announcements`);
  if (presence === 'online') said.push(t`online`);
  if (count > 0)
    said.push(
      kind === 'direct' || kind === 'group'
        ? t`${count} unread`
        : plural(count, { one: '# mention', other: '# mentions' }),
    );
  else if (unread) said.push(t`unread`);
  if (muted) said.push(t`muted`);
  if (draft) said.push(t`has a draft`);
  return (
    <li>
      <Link
        to={{ name: 'channel', workspaceId: workspace_id, channelId: id }}
        className={css.row}
        data-unread={unread || undefined}
        data-muted={muted || undefined}
        aria-current={current ? 'page' : undefined}
        aria-label={said.join(', ')}
      >
        <Sign channel={channel} name={title.text} />
        <span className={css.name}>{title.text}</span>
        {draft && <PencilLine size={14} aria-hidden />}
        {muted && <BellOff size={14} aria-hidden />}
        {count > 0 ? (
          <span className={css.badge} aria-hidden>
            {badgeText(count)}
          </span>
        ) : (
          unread && <span className={css.pip} />
        )}
      </Link>
    </li>
  );
}

export function Sign({ channel, name, size = 22 }: { channel: ChannelState; name: string; size?: number }) {
  const { kind } = channel.channel;
  const other = othersIn(channel)[0] ?? '';
  const presence = usePresence(kind === 'direct' ? other : '');
  if (kind === 'direct') return <Avatar id={other} name={name} size={size} presence={presence} />;
  if (kind === 'private') return <Lock size={15} aria-hidden />;
  if (kind === 'announcement') return <Megaphone size={16} aria-hidden />;
  if (kind === 'group')
    return (
      <span className={css.sign}>
        <Users size={16} aria-hidden />
      </span>
    );
  return <Hash size={16} aria-hidden />;
}
