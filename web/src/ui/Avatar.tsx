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

/** A stable colour of eight for an id, mixed so that neighbours in time differ. */
export function toneOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 7;
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
