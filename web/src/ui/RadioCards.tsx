import type { ReactNode } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import css from './RadioCards.module.css';

export type Choice = { id: string; name: string; hint?: string; art?: ReactNode };
type Props = { label: string; value: string; items: Choice[]; onChange: (id: string) => void };

/** Radio buttons as cards: where each choice deserves a picture or a sentence. */
export function RadioCards({ label, value, items, onChange }: Props) {
  return (
    <RadioGroup aria-label={label} value={value} onChange={onChange}>
      <div className={css.cards} data-count={items.length}>
        {items.map((item) => (
          <Radio key={item.id} value={item.id} className={css.card ?? ''}>
            {item.art && (
              <span className={css.art} aria-hidden="true">
                {item.art}
              </span>
            )}
            <span className={css.text}>
              <i aria-hidden="true" />
              <span>
                <strong>{item.name}</strong>
                {item.hint && <small>{item.hint}</small>}
              </span>
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
