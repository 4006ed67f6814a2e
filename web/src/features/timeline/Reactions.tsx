import { useLingui } from '@lingui/react/macro';
import { SmilePlus } from 'lucide-react';
import type { MessageView, ReactionView } from '../../api/types';
import { entities } from '../../entities/entities';
import { useFormat } from '../../i18n/format';
import { EmojiPicker } from '../../ui/EmojiPicker';
import { hasReacted, toggleReaction } from './actions';
import css from './Message.module.css';

const MOST_NAMED = 8;

function useNames(reaction: ReactionView): string {
  const { t } = useLingui();
  const format = useFormat();
  const { state } = entities;
  const names = reaction.user_ids
    .slice(0, MOST_NAMED)
    .map((id) => (id === state.myId ? t`you` : (state.users.get(id)?.display_name ?? t`somebody`)));
  const others = reaction.count - names.length;
  return format.list(others > 0 ? [...names, t`${others} more`] : names);
}

function Reaction({ message, reaction, tab }: { message: MessageView; reaction: ReactionView; tab: boolean }) {
  const { t } = useLingui();
  const names = useNames(reaction);
  const { emoji, count } = reaction;
  return (
    <button
      type="button"
      className={css.r}
      aria-pressed={hasReacted(message, emoji)}
      aria-label={t`${emoji} ${count}, by ${names}`}
      title={names}
      tabIndex={tab ? 0 : -1}
      onClick={() => void toggleReaction(message, emoji)}
    >
      <span aria-hidden>{emoji}</span>
      <span aria-hidden>{count}</span>
    </button>
  );
}

export function Reactions({ message, tab }: { message: MessageView; tab: boolean }) {
  if (!message.reactions || message.reactions.length === 0) return null;
  return (
    <div className={css.rx}>
      {message.reactions.map((reaction) => (
        <Reaction key={reaction.emoji} message={message} reaction={reaction} tab={tab} />
      ))}
      <AddReaction message={message} className={`${css.r} ${css.addR}`} tab={tab} />
    </div>
  );
}

type AddProps = { message: MessageView; className?: string; tab: boolean; onOpenChange?: (open: boolean) => void };

export function AddReaction({ message, ...rest }: AddProps) {
  const { t } = useLingui();
  return (
    <EmojiPicker
      {...rest}
      label={t`Add reaction`}
      icon={<SmilePlus size={16} aria-hidden />}
      onChoose={(emoji) => void toggleReaction(message, emoji)}
    />
  );
}
