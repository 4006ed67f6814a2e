/** The words in the tab: how much is unread, where one is, and whose program it is. */
import { useEffect } from 'react';

const MOST_SHOWN = 99;
let page = '';
let badge = '';

function write(): void {
  document.title = [badge, page === '' ? 'PlexiChat' : `${page} · PlexiChat`].filter((part) => part !== '').join(' ');
}

/** The name of what is shown, while it is shown. */
export function usePageTitle(name: string): void {
  useEffect(() => {
    page = name;
    write();
    return () => {
      page = '';
      write();
    };
  }, [name]);
}

/** What waits for the person: a number of mentions, or a dot when something is merely unread. */
export function useTitleBadge(mentions: number, unread: boolean): void {
  useEffect(() => {
    badge = mentions > 0 ? `(${mentions > MOST_SHOWN ? `${MOST_SHOWN}+` : mentions})` : unread ? '•' : '';
    write();
    return () => {
      badge = '';
      write();
    };
  }, [mentions, unread]);
}
