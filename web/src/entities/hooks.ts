/** Reading the store from components: one subscription per row, so one message renders alone. */
import { useCallback, useRef, useSyncExternalStore } from 'react';
import type {
  AccountView,
  ChannelState,
  Id,
  MessageView,
  PresenceStatus,
  UserView,
  WorkspaceState,
} from '../api/types';
import { entities } from './entities';
import { isConversation } from './mentions';
import { ME, ONE, type Typist } from './state';
import type { ReadTable } from './table';

const { state } = entities;

export function useRow<V>(table: ReadTable<V>, id: string): V | undefined {
  const subscribe = useCallback((listener: () => void) => table.subscribe(id, listener), [table, id]);
  return useSyncExternalStore(subscribe, () => table.get(id));
}

/** A value computed from all rows of a table; the same value again as long as `same` says so. */
export function useAll<V, R>(table: ReadTable<V>, select: (rows: readonly V[]) => R, same: (a: R, b: R) => boolean): R {
  const last = useRef<{ value: R } | undefined>(undefined);
  const subscribe = useCallback((listener: () => void) => table.subscribeAll(listener), [table]);
  return useSyncExternalStore(subscribe, () => {
    const value = select(table.values());
    if (last.current && same(last.current.value, value)) return last.current.value;
    last.current = { value };
    return value;
  });
}

export function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

export const useReady = (): boolean => useRow(state.meta, ONE)?.ready === true;
export const useMe = (): AccountView | undefined => useRow(state.me, ME);
export const useUser = (id: Id): UserView | undefined => useRow(state.users, id);
export const useMessage = (id: Id): MessageView | undefined => useRow(state.messages, id);
export const useChannel = (id: Id): ChannelState | undefined => useRow(state.channels, id);
export const useWorkspace = (id: Id): WorkspaceState | undefined => useRow(state.workspaces, id);
export const usePresence = (id: Id): PresenceStatus | undefined => useRow(state.presence, id);
export const useTypists = (key: string): readonly Typist[] | undefined => useRow(state.typing, key);

export function useWorkspaces(): readonly WorkspaceState[] {
  return useAll(state.workspaces, (rows) => rows, sameList);
}

/** Joined channels of a workspace by name, or the conversations by id. */
export function useChannels(workspaceId: Id): readonly ChannelState[] {
  return useAll(state.channels, (rows) => rows.filter((c) => c.channel.workspace_id === workspaceId), sameList);
}

export function useConversations(): readonly ChannelState[] {
  return useAll(state.channels, (rows) => rows.filter(isConversation), sameList);
}

export function isUnread(channel: ChannelState): boolean {
  return channel.notify !== 'muted' && channel.head.last_main_number > channel.cursor.last_read_number;
}
