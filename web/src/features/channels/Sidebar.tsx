import { Trans, useLingui } from '@lingui/react/macro';
import { Compass, Plus, Search, SquarePen } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ChannelState, Id } from '../../api/types';
import { useChannels, useConversations, useWorkspace } from '../../entities/hooks';
import { openOverlay } from '../../lib/overlay';
import { usePhone } from '../../lib/useMedia';
import { IconButton } from '../../ui/IconButton';
import { ChannelRow } from './ChannelRow';
import css from './Sidebar.module.css';
import { WorkspaceMenu } from './WorkspaceMenu';

const byName = (a: ChannelState, b: ChannelState) => a.channel.name.localeCompare(b.channel.name);
/** Newest conversation first: their ids grow with time, their activity is what counts when it is known. */
const byActivity = (a: ChannelState, b: ChannelState) =>
  Number(b.head.last_main_number > b.cursor.last_read_number) -
    Number(a.head.last_main_number > a.cursor.last_read_number) ||
  (BigInt(a.channel.id) < BigInt(b.channel.id) ? 1 : -1);

type Props = { workspaceId: Id; currentId: Id | undefined };

/** Channels of the workspace, and the conversations, which belong to no workspace. */
export function Sidebar({ workspaceId, currentId }: Props) {
  const { t } = useLingui();
  const phone = usePhone();
  const workspace = useWorkspace(workspaceId);
  const channels = [...useChannels(workspaceId)].filter((c) => !c.channel.archived).sort(byName);
  const conversations = [...useConversations()].sort(byActivity);
  const may = workspace?.permissions ?? [];
  const mayCreate = may.includes('create_public_channels') || may.includes('create_private_channels');
  const mayJoin = may.includes('join_public_channels');
  const Tag = phone ? 'main' : 'aside';
  return (
    <Tag className={css.side} aria-label={t`Channels and conversations`}>
      {phone && <h1 className="sr">{workspace?.workspace.name}</h1>}
      <header className={css.head}>
        <WorkspaceMenu workspaceId={workspaceId} />
        {may.includes('start_conversations') && (
          <IconButton label={t`New message`} keys="Alt N" onPress={() => openOverlay({ kind: 'new-message' })}>
            <SquarePen size={18} aria-hidden />
          </IconButton>
        )}
      </header>
      <div className={css.searchWrap}>
        <button type="button" className={css.search} onClick={() => openOverlay({ kind: 'switcher' })}>
          <Search size={15} aria-hidden />
          <span>
            <Trans>Jump to…</Trans>
          </span>
          <kbd aria-hidden>Ctrl K</kbd>
        </button>
      </div>
      <nav className={css.scroll} aria-label={t`Conversations`} data-region="sidebar">
        <Section
          name={t`Channels`}
          {...(mayCreate
            ? { add: t`Create a channel`, onAdd: () => openOverlay({ kind: 'new-channel', workspaceId }) }
            : {})}
        >
          {channels.map((channel) => (
            <ChannelRow key={channel.channel.id} channel={channel} current={channel.channel.id === currentId} />
          ))}
          {channels.length === 0 && (
            <li className={css.none}>
              <Trans>No channels yet</Trans>
            </li>
          )}
          {mayJoin && (
            <li>
              <button type="button" className={css.row} onClick={() => openOverlay({ kind: 'browse', workspaceId })}>
                <Compass size={16} aria-hidden />
                <span className={css.name}>
                  <Trans>Browse channels</Trans>
                </span>
              </button>
            </li>
          )}
        </Section>
        <Section name={t`Direct messages`}>
          {conversations.map((channel) => (
            <ChannelRow key={channel.channel.id} channel={channel} current={channel.channel.id === currentId} />
          ))}
          {may.includes('start_conversations') && (
            <li>
              <button type="button" className={css.row} onClick={() => openOverlay({ kind: 'new-message' })}>
                <span className={css.sign}>
                  <Plus size={16} aria-hidden />
                </span>
                <span className={css.name}>
                  <Trans>Write to somebody</Trans>
                </span>
              </button>
            </li>
          )}
        </Section>
      </nav>
    </Tag>
  );
}

function Section({
  name,
  add,
  onAdd,
  children,
}: {
  name: string;
  add?: string;
  onAdd?: () => void;
  children: ReactNode;
}) {
  return (
    <>
      <div className={css.sec}>
        <h2>{name}</h2>
        {add && onAdd && (
          <IconButton label={add} onPress={onAdd}>
            <Plus size={15} aria-hidden />
          </IconButton>
        )}
      </div>
      <ul>{children}</ul>
    </>
  );
}
