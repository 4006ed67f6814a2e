import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { AtSign, SendHorizontal, Smile, Type } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Id } from '../../api/types';
import { EmojiPicker } from '../../ui/EmojiPicker';
import { IconButton } from '../../ui/IconButton';
import icon from '../../ui/IconButton.module.css';
import css from './Composer.module.css';
import { draftOf, placeOf, setDraft } from './drafts';
import { FormatBar } from './FormatBar';
import { MentionList } from './MentionList';
import { Typing } from './Typing';
import { useMentions } from './useMentions';
import { pasteLink, useWriting } from './useWriting';

const MOST_CHARS = 12_000;
const COUNT_FROM = 11_000;

export type ComposerProps = {
  id: string;
  channelId: Id;
  threadId?: Id;
  label: string;
  /** False when it could not be taken (the outbox is full): the text stays. */
  onSend: (text: string) => boolean;
  onTyping?: () => void;
  /** Arrow up in an empty composer. */
  onEditLast?: () => void;
  onEscape?: () => void;
  autoFocus?: boolean;
};

/** A plain text area with help: the browser's own undo, spelling, input methods and screen reader support stay. */
export function Composer({
  id,
  channelId,
  threadId,
  label,
  onSend,
  onTyping,
  onEditLast,
  onEscape,
  autoFocus,
}: ComposerProps) {
  const { t } = useLingui();
  const place = placeOf(channelId, threadId);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => draftOf(place));
  const [bar, setBar] = useState(threadId === undefined);
  const writing = useWriting(field, (value, caret) => handleChange(value, caret));
  const mentions = useMentions(writing);
  const handleChange = (value: string, caret: number) => {
    setText(value);
    setDraft(place, value);
    mentions.look(value, caret);
    if (value.trim() !== '') onTyping?.();
  };
  const ready = text.trim() !== '' && text.length <= MOST_CHARS;
  const left = MOST_CHARS - text.length;
  const over = -left;
  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);
  const submit = () => {
    if (!ready || !onSend(text.trim())) return;
    setText('');
    setDraft(place, '');
    mentions.close();
    field.current?.focus();
  };
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  const handleKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing || event.keyCode === 229 || mentions.handleKey(event)) return;
    const shortcut = shortcuts[shortcutOf(event)];
    if (shortcut !== undefined) {
      event.preventDefault();
      writing.wrap(shortcut);
    } else if (event.key === 'Enter' && !event.shiftKey && !insideFence(event.currentTarget)) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && text === '' && onEditLast) {
      event.preventDefault();
      onEditLast();
    } else if (event.key === 'Escape') onEscape?.();
  };
  const listId = `${id}-mentions`;
  const owns = mentions.open
    ? { 'aria-controls': listId, 'aria-activedescendant': `${listId}-${mentions.active}` }
    : {};
  return (
    <div className={css.wrap} data-thread={threadId ? '' : undefined}>
      <form className={css.box} onSubmit={handleSubmit}>
        {mentions.open && (
          <MentionList id={listId} people={mentions.people} active={mentions.active} onChoose={mentions.choose} />
        )}
        <textarea
          ref={field}
          id={id}
          className={css.input}
          dir="auto"
          rows={1}
          aria-label={label}
          aria-autocomplete="list"
          {...owns}
          placeholder={label}
          value={text}
          enterKeyHint="send"
          onChange={(event) => handleChange(event.target.value, event.target.selectionStart)}
          onKeyDown={handleKey}
          onPaste={(event) => pasteLink(event, writing)}
          onBlur={mentions.close}
        />
        <div className={css.foot}>
          <EmojiPicker
            label={t`Emoji`}
            className={icon.icon}
            icon={<Smile size={18} aria-hidden />}
            onChoose={(emoji) => writing.wrap(emoji, '')}
          />
          <IconButton label={t`Mention someone`} onPress={() => writing.wrap(/(^|\s)$/.test(text) ? '@' : ' @', '')}>
            <AtSign size={18} aria-hidden />
          </IconButton>
          <IconButton
            className={css.formatToggle}
            label={bar ? t`Hide formatting` : t`Show formatting`}
            aria-pressed={bar}
            onPress={() => setBar(!bar)}
          >
            <Type size={18} aria-hidden />
          </IconButton>
          {bar && <FormatBar id={id} writing={writing} />}
          <span className={css.sp} />
          {text.length > COUNT_FROM && (
            <span className={css.left} data-over={left < 0 || undefined} role="status">
              {left < 0 ? plural(over, { one: '# character too many', other: '# characters too many' }) : left}
            </span>
          )}
          <span className={css.sendGroup} data-ready={ready ? '' : undefined}>
            <button type="submit" className={css.send} aria-disabled={!ready} aria-label={t`Send message`}>
              <SendHorizontal size={17} aria-hidden className="flip" />
            </button>
          </span>
        </div>
      </form>
      <div className={css.under}>
        <Typing place={place} />
        {!threadId && (
          <span className={css.hint} aria-hidden>
            <Trans>
              <kbd>Shift</kbd> <kbd>Enter</kbd> for a new line
            </Trans>
          </span>
        )}
      </div>
    </div>
  );
}

const shortcuts: Record<string, string> = { 'mod+b': '**', 'mod+i': '*', 'mod+shift+x': '~~', 'mod+shift+c': '`' };

function shortcutOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  return `${mod}${event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`;
}

/** Inside an open code fence Enter adds a line. */
function insideFence(field: HTMLTextAreaElement): boolean {
  const fences = field.value.slice(0, field.selectionStart).match(/^```/gm)?.length ?? 0;
  return fences % 2 === 1;
}
