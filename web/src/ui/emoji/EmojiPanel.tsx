import { useLingui } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { EmojiCells } from './EmojiCells';
import css from './EmojiPanel.module.css';
import { EmojiTabs, OFTEN } from './EmojiTabs';
import { type Emoji, often, parseGroup, rememberEmoji, search } from './search';

const words: Record<string, () => Promise<{ groups: readonly string[] }>> = {
  en: () => import('./words-en.gen'),
  de: () => import('./words-de.gen'),
};

/** All groups once their words have come, for the language of the person. */
function useGroups(locale: string): readonly Emoji[][] | undefined {
  const [groups, setGroups] = useState<readonly Emoji[][] | undefined>();
  useEffect(() => {
    let shown = true;
    const load = words[locale] ?? words['en'];
    load?.()
      .then((file) => shown && setGroups(file.groups.map(parseGroup)))
      .catch(() => undefined);
    return () => {
      shown = false;
    };
  }, [locale]);
  return groups;
}

/** Search, groups and a grid. Typing searches, arrow down goes into the grid, Enter takes the first that was found. */
export function EmojiPanel({ onChoose }: { onChoose: (emoji: string) => void }) {
  const { t, i18n } = useLingui();
  const groups = useGroups(i18n.locale);
  const [query, setQuery] = useState('');
  const [tab, setTab] = useState(OFTEN);
  const [now, setNow] = useState<Emoji | undefined>();
  const [usual] = useState(often);
  const grid = useRef<HTMLDivElement>(null);
  const all = useMemo(() => groups?.flat() ?? [], [groups]);
  const named = useMemo(() => new Map(all.map((e) => [e.emoji, e])), [all]);
  const nameless = (emoji: string): Emoji => named.get(emoji) ?? { emoji, name: emoji, words: [] };
  const searching = query.trim() !== '';
  const shown = searching ? search(all, query) : tab === OFTEN ? usual.map(nameless) : (groups?.[tab] ?? []);
  const current = now ?? shown[0];
  const choose = (emoji: string) => {
    rememberEmoji(emoji);
    onChoose(emoji);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') grid.current?.querySelector('button')?.focus();
    else if (event.key === 'Enter' && searching && shown[0]) choose(shown[0].emoji);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css.panel}>
      <label className={css.search}>
        <Search size={16} aria-hidden />
        <span className="sr">{t`Search emoji`}</span>
        <input
          type="search"
          // On a phone it would bring the keyboard up over the grid.
          // biome-ignore lint/a11y/noAutofocus: typing is the quickest way to an emoji, and Esc leads back
          autoFocus={matchMedia('(pointer: fine)').matches}
          value={query}
          placeholder={t`Search, for instance “rocket”`}
          onChange={(event) => {
            setQuery(event.target.value);
            setNow(undefined);
          }}
          onKeyDown={handleKey}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <EmojiTabs
        tab={searching ? undefined : tab}
        onTab={(next) => {
          setQuery('');
          setNow(undefined);
          setTab(next);
        }}
      />
      <div ref={grid} className={css.scroll}>
        {shown.length > 0 && <EmojiCells key={searching ? query : tab} list={shown} onChoose={choose} onNow={setNow} />}
        {searching && groups && shown.length === 0 && <p role="status">{t`No emoji by that name.`}</p>}
      </div>
      <div className={css.foot} aria-hidden="true">
        <span>{current?.emoji}</span>
        <strong>{named.get(current?.emoji ?? '')?.name}</strong>
      </div>
    </div>
  );
}
