import { useMemo } from 'react';
import type { MessageView, Role } from '../../api/types';
import { entities } from '../../entities/entities';
import { sameList, useAll } from '../../entities/hooks';
import { mentionsMe } from '../../entities/mentions';
import type { Mark, Marks } from '../../markdown/Markdown';

const NONE: Marks = new Map();
const groups: Record<Role, string> = { owner: 'owners', admin: 'admins', member: 'members', guest: 'guests' };

/** The names a message mentions, as the server resolved them: handle to the name shown. */
export function useMarks(message: MessageView | undefined): Marks {
  const mentions = message?.mentions;
  const people = useAll(
    entities.state.users,
    () =>
      (mentions ?? []).map((m) =>
        typeof m === 'object' && 'user' in m ? entities.state.users.get(m.user) : undefined,
      ),
    sameList,
  );
  return useMemo(() => {
    if (!mentions || mentions.length === 0) return NONE;
    const marks = new Map<string, Mark>();
    for (const user of people)
      if (user) marks.set(user.handle, { label: user.display_name, me: user.id === entities.state.myId });
    for (const mention of mentions) {
      if (typeof mention === 'string') marks.set(mention, { label: mention, me: mention === 'everyone' });
      else if ('role' in mention) marks.set(groups[mention.role], { label: groups[mention.role], me: false });
    }
    return marks;
  }, [mentions, people]);
}

export function isMine(message: MessageView): boolean {
  return message.author_id !== entities.state.myId && !message.deleted && mentionsMe(entities.state, message);
}
