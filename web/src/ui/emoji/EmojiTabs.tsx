import { useLingui } from '@lingui/react/macro';
import { Clock3, Flag, Hand, Hash, Leaf, Lightbulb, PartyPopper, Plane, Smile, Utensils } from 'lucide-react';
import css from './EmojiPanel.module.css';

/** Not a group of Unicode, but what the person uses. */
export const OFTEN = -1;

type Props = { tab: number | undefined; onTab: (tab: number) => void };

export function EmojiTabs({ tab, onTab }: Props) {
  const { t } = useLingui();
  const tabs = [
    [Clock3, t`Often used`],
    [Smile, t`Smileys`],
    [Hand, t`People`],
    [Leaf, t`Nature`],
    [Utensils, t`Food and drink`],
    [Plane, t`Travel and places`],
    [PartyPopper, t`Activities`],
    [Lightbulb, t`Things`],
    [Hash, t`Symbols`],
    [Flag, t`Flags`],
  ] as const;
  return (
    <div className={css.tabs} role="toolbar" aria-label={t`Groups of emoji`}>
      {tabs.map(([Icon, name], i) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          title={name}
          aria-pressed={tab === i + OFTEN}
          onClick={() => onTab(i + OFTEN)}
        >
          <Icon size={17} aria-hidden />
        </button>
      ))}
    </div>
  );
}
