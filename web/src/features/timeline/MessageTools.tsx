import { useLingui } from '@lingui/react/macro';
import { Copy, Link2, MailOpen, MessageSquareText, MoreHorizontal, PencilLine, Trash2 } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { MessageView } from '../../api/types';
import { entities } from '../../entities/entities';
import { Menu, type MenuEntry, type MenuGroup } from '../../ui/Menu';
import { copyLink, copyText, openThread, toggleReaction, unreadFromHere, useMessageWork } from './actions';
import css from './Message.module.css';
import { AddReaction } from './Reactions';

const QUICK = ['👍', '✅', '👀'];

/** What the signed-in person may do with it; the server decides again. */
export function abilities(message: MessageView) {
  const permissions = entities.state.channels.get(message.channel_id)?.permissions ?? [];
  const mine = message.author_id === entities.state.myId && message.kind === 'user';
  return {
    edit: mine && permissions.includes('send_messages'),
    delete: mine || permissions.includes('delete_messages'),
    react: permissions.includes('add_reactions'),
    reply: permissions.includes('reply_in_threads'),
  };
}

type Props = { message: MessageView; inThread: boolean; onHold: (held: boolean) => void };

/** The bar that floats over the row under the pointer or with focus; it stays while its menu is open. */
export function MessageTools({ message, inThread, onHold }: Props) {
  const { t } = useLingui();
  const may = abilities(message);
  return (
    <div className={css.tools} role="toolbar" aria-label={t`Message actions`}>
      {may.react &&
        QUICK.map((emoji) => (
          <button
            key={emoji}
            type="button"
            tabIndex={-1}
            aria-label={t`React with ${emoji}`}
            onClick={() => void toggleReaction(message, emoji)}
          >
            <span aria-hidden>{emoji}</span>
          </button>
        ))}
      {may.react && <i aria-hidden />}
      {may.react && <AddReaction message={message} tab={false} onOpenChange={onHold} />}
      {may.reply && !inThread && (
        <button type="button" tabIndex={-1} aria-label={t`Reply in thread`} onClick={() => openThread(message)}>
          <MessageSquareText size={17} aria-hidden />
        </button>
      )}
      <MessageMenu message={message} inThread={inThread} onHold={onHold} />
    </div>
  );
}

function MessageMenu({ message, inThread, onHold }: Props) {
  const { t } = useLingui();
  const may = abilities(message);
  const entry = (on: boolean, item: MenuEntry): MenuEntry[] => (on ? [item] : []);
  const groups: MenuGroup[] = [
    {
      label: t`Message`,
      items: [
        ...entry(may.edit, { id: 'edit', name: t`Edit message`, icon: PencilLine, keys: 'E' }),
        ...entry(may.reply && !inThread, {
          id: 'thread',
          name: t`Reply in thread`,
          icon: MessageSquareText,
          keys: 'T',
        }),
        ...entry(!inThread, { id: 'unread', name: t`Mark unread from here`, icon: MailOpen, keys: 'U' }),
        { id: 'copy', name: t`Copy text`, icon: Copy },
        { id: 'link', name: t`Copy link`, icon: Link2 },
      ],
    },
    {
      label: t`Danger`,
      items: entry(may.delete, { id: 'delete', name: t`Delete message…`, icon: Trash2, keys: 'Del', danger: true }),
    },
  ];
  const act: Record<string, () => void> = {
    edit: () => useMessageWork.setState({ editing: message.id }),
    thread: () => openThread(message),
    unread: () => void unreadFromHere(message),
    copy: () => void copyText(message),
    link: () => void copyLink(message),
    delete: () => useMessageWork.setState({ deleting: message.id }),
  };
  return (
    <Menu
      label={t`More actions`}
      groups={groups.filter((group) => group.items.length > 0)}
      onAction={(id) => act[id]?.()}
      onOpenChange={onHold}
      trigger={
        <Button aria-label={t`More actions`} excludeFromTabOrder>
          <MoreHorizontal size={17} aria-hidden />
        </Button>
      }
    />
  );
}
