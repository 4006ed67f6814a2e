import { type KeyboardEvent, useState } from 'react';
import css from './EmojiPanel.module.css';
import type { Emoji } from './search';

const COLUMNS = 9;

type Props = { list: readonly Emoji[]; onChoose: (emoji: string) => void; onNow: (emoji: Emoji) => void };

/** The grid is one stop in the tab order; arrows move in it, and up from its first row leads back to the search. */
export function EmojiCells({ list, onChoose, onNow }: Props) {
  const [at, setAt] = useState(0);
  const handleKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS, Home: -at, End: list.length }[
      event.key
    ];
    if (step === undefined) return;
    event.preventDefault();
    const cells = event.currentTarget.querySelectorAll('button');
    if (at + step < 0) event.currentTarget.parentElement?.parentElement?.querySelector('input')?.focus();
    else cells[Math.min(list.length - 1, at + step)]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between buttons
    <div className={css.grid} onKeyDown={handleKey}>
      {list.map((item, i) => (
        <button
          key={item.emoji}
          type="button"
          aria-label={item.name}
          tabIndex={i === at ? 0 : -1}
          onClick={() => onChoose(item.emoji)}
          onFocus={() => {
            setAt(i);
            onNow(item);
          }}
          onPointerEnter={() => onNow(item)}
        >
          <span aria-hidden>{item.emoji}</span>
        </button>
      ))}
    </div>
  );
}
