import { memo } from 'react';
import css from './Avatar.module.css';

export type Presence = 'online' | 'offline' | 'unknown';
type Props = { id: string; name: string; size?: number; bot?: boolean; presence?: Presence | undefined };

/** The first letters of the first two words, whatever the script. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0] ?? '');
  return letters.join('').toLocaleUpperCase();
}

/** A stable colour of eight: the ids end in a sequence, so all digits take part. */
export function toneOf(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; i += 1) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return (sum >>> 3) % 8;
}

/** Decoration only: the name stands beside it or in the label of what holds it. */
export const Avatar = memo(function Avatar({ id, name, size = 36, bot = false, presence }: Props) {
  return (
    <span className={css.wrap} style={{ width: size, height: size, fontSize: size * 0.38 }} aria-hidden="true">
      <span className={css.av} data-tone={toneOf(id)} data-bot={bot || undefined}>
        {initials(name)}
      </span>
      {(presence === 'online' || presence === 'offline') && <span className={css.dot} data-presence={presence} />}
    </span>
  );
});
