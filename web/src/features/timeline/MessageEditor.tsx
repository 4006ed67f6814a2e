import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { MessageView } from '../../api/types';
import { Button } from '../../ui/Button';
import { saveEdit, useMessageWork } from './actions';
import css from './Message.module.css';

/** The text of a message, in place. Enter saves, Esc leaves it as it was; an emptied text asks to delete. */
export function MessageEditor({ message }: { message: MessageView }) {
  const { t } = useLingui();
  const [text, setText] = useState(message.text);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.focus();
    field.current?.setSelectionRange(end, end);
    requestAnimationFrame(() => field.current?.closest('article')?.scrollIntoView({ block: 'nearest' }));
  }, []);
  const close = () => {
    useMessageWork.setState({ editing: undefined });
    field.current?.closest('article')?.focus();
  };
  const save = async () => {
    if (busy) return;
    if (text.trim() === '') {
      useMessageWork.setState({ editing: undefined, deleting: message.id });
      return;
    }
    setBusy(true);
    const saved = await saveEdit(message, text);
    setBusy(false);
    if (saved) close();
  };
  const handleKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    // Safari ends a composition before it tells the key: 229 is what is left of it.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') close();
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
  };
  return (
    <div className={css.editor}>
      <textarea
        ref={field}
        dir="auto"
        rows={1}
        aria-label={t`Edit message`}
        value={text}
        maxLength={12_000}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={handleKey}
      />
      <footer>
        <span>
          <Trans>Enter saves, Esc cancels</Trans>
        </span>
        <Button size="s" variant="ghost" onPress={close}>
          <Trans>Cancel</Trans>
        </Button>
        <Button size="s" variant="primary" onPress={() => void save()} busy={busy}>
          <Trans>Save</Trans>
        </Button>
      </footer>
    </div>
  );
}
