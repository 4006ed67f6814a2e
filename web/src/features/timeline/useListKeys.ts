import { type KeyboardEvent, useCallback } from 'react';
import type { Id } from '../../api/types';
import { entities } from '../../entities/entities';
import { openThread, unreadFromHere, useMessageWork } from './actions';
import { abilities } from './MessageTools';

const PAGE = 10;

type Options = {
  ids: readonly Id[];
  focused: number;
  go: (index: number) => void;
  composerId: string;
  inThread: boolean;
};

/** Keys of a message list. They act only while a message itself has focus, never while somebody types. */
export function useListKeys({ ids, focused, go, composerId, inThread }: Options) {
  return useCallback(
    (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (target.tagName !== 'ARTICLE') {
        if (event.key === 'Escape') target.closest('article')?.focus();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const message = entities.state.messages.get(ids[focused] ?? '');
      const may = message && !message.deleted ? abilities(message) : undefined;
      const act: Record<string, (() => void) | undefined> = {
        ArrowUp: () => go(focused - 1),
        ArrowDown: () => go(focused + 1),
        k: () => go(focused - 1),
        j: () => go(focused + 1),
        PageUp: () => go(focused - PAGE),
        PageDown: () => go(focused + PAGE),
        Home: () => go(0),
        End: () => go(ids.length - 1),
        Escape: inThread ? undefined : () => document.getElementById(composerId)?.focus(),
        e: message && may?.edit ? () => useMessageWork.setState({ editing: message.id }) : undefined,
        Delete: message && may?.delete ? () => useMessageWork.setState({ deleting: message.id }) : undefined,
        u: message && !inThread ? () => void unreadFromHere(message) : undefined,
        t: message && may?.reply && !inThread ? () => openThread(message) : undefined,
        Enter: message && may?.reply && !inThread ? () => openThread(message) : undefined,
      };
      const run = act[event.key];
      if (!run) return;
      event.preventDefault();
      event.stopPropagation();
      run();
    },
    [ids, focused, go, composerId, inThread],
  );
}
