import { type KeyboardEvent, useEffect, useState } from 'react';
import type { UserView } from '../../api/types';
import { searchUsers } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { sameList, useAll } from '../../entities/hooks';
import { type Asked, askedMention, fitting } from './mention';
import type { Writing } from './useWriting';

const SEARCH_MS = 150;

/** Completion of `@names`: the people held at once, the others from the server a moment later. */
export function useMentions(writing: Writing) {
  const [asked, setAsked] = useState<Asked | undefined>();
  const [active, setActive] = useState(0);
  const query = asked?.query;
  const people = useAll(entities.state.users, (users) => (query === undefined ? [] : fitting(users, query)), sameList);
  useEffect(() => {
    setActive(0);
    if (query === undefined || query === '') return undefined;
    const timer = setTimeout(() => {
      searchUsers(query)
        .then((page) => entities.ingest({ kind: 'users', users: page.items }))
        .catch(() => undefined);
    }, SEARCH_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const open = asked !== undefined && people.length > 0;
  const choose = (user: UserView) => {
    if (asked) writing.replace(asked.from, asked.to, `@${user.handle} `);
    setAsked(undefined);
  };
  /** Whether the key was for the list. */
  const handleKey = (event: KeyboardEvent): boolean => {
    if (!open) return false;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setActive((active + step + people.length) % people.length);
    else if (event.key === 'Enter' || event.key === 'Tab') {
      const user = people[active];
      if (user) choose(user);
    } else if (event.key === 'Escape') setAsked(undefined);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const look = (text: string, caret: number) => setAsked(askedMention(text, caret));
  return { open, people, active, choose, handleKey, look, close: () => setAsked(undefined) };
}
