import type { KeyboardEvent } from 'react';
import css from './EmojiPicker.module.css';

/** What people use most. Screen readers name emoji in their own language, so no names are kept here. */
const CHOICE = Array.from(
  new Intl.Segmenter().segment('👍👎❤️🎉👀✅🚀🙏😂😀😊😍🤔😮😢😡👏🙌💯🔥⭐💡❌❓➕👋🤝💪☕🎂🌱🐛🔧📌📅⏳🛑🎯🧠🫡'),
  (part) => part.segment,
);
const COLUMNS = 8;

export function EmojiGrid({ onChoose }: { onChoose: (emoji: string) => void }) {
  const handleKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll('button')];
    all[all.findIndex((button) => button.matches(':focus')) + step]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are a convenience; every button is in the tab order
    <div className={css.picker} onKeyDown={handleKey}>
      {CHOICE.map((emoji) => (
        <button key={emoji} type="button" onClick={() => onChoose(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
