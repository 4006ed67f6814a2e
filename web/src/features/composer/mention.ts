/** The word being typed after an @, and who fits it. */
import type { UserView } from '../../api/types';

export type Asked = { from: number; to: number; query: string };

export function askedMention(text: string, caret: number): Asked | undefined {
  const match = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,32})$/u.exec(text.slice(0, caret));
  if (!match) return undefined;
  const query = match[1] ?? '';
  return { from: caret - query.length - 1, to: caret, query: query.toLocaleLowerCase() };
}

const MOST = 6;

export function fitting(users: readonly UserView[], query: string): UserView[] {
  const rank = (user: UserView): number => {
    if (user.handle.startsWith(query)) return 0;
    const words = user.display_name.toLocaleLowerCase().split(/\s+/u);
    return words.some((word) => word.startsWith(query)) ? 1 : 2;
  };
  return users
    .filter((user) => user.status === 'active' && user.kind !== 'system' && rank(user) < 2)
    .sort((a, b) => rank(a) - rank(b) || a.display_name.localeCompare(b.display_name))
    .slice(0, MOST);
}
