import { get, patch, post, put, remove } from './client';
import type { Cursor, CursorUpdate, Id, MessagePage, MessageView, NewMessage } from './types';

/** Where a page lies: beside a number, around one, or (none) the newest. */
export type PageAt = { before: number } | { after: number } | { around: number } | Record<string, never>;

const messagesPath = (channelId: Id, rootId?: Id) =>
  rootId ? `/channels/${channelId}/threads/${rootId}/messages` : `/channels/${channelId}/messages`;

export const listMessages = (channelId: Id, at: PageAt, limit: number, rootId?: Id) =>
  get<MessagePage>(messagesPath(channelId, rootId), { ...at, limit });
export const getMessage = (channelId: Id, id: Id) => get<MessageView>(`/channels/${channelId}/messages/${id}`);
export const sendMessage = (channelId: Id, message: NewMessage) =>
  post<MessageView>(`/channels/${channelId}/messages`, message);
export const editMessage = (channelId: Id, id: Id, text: string) =>
  patch<MessageView>(`/channels/${channelId}/messages/${id}`, { text });
export const deleteMessage = (channelId: Id, id: Id) => remove<void>(`/channels/${channelId}/messages/${id}`);

const reactionPath = (channelId: Id, id: Id, emoji: string) =>
  `/channels/${channelId}/messages/${id}/reactions/${encodeURIComponent(emoji)}`;
export const addReaction = (channelId: Id, id: Id, emoji: string) => put<void>(reactionPath(channelId, id, emoji));
export const removeReaction = (channelId: Id, id: Id, emoji: string) =>
  remove<void>(reactionPath(channelId, id, emoji));

export const updateCursor = (channelId: Id, cursor: CursorUpdate) =>
  put<Cursor>(`/channels/${channelId}/cursor`, cursor);
