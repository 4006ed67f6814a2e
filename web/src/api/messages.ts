import { call } from './client';
import type { CursorUpdate, Id, NewMessage } from './types';

/** Where a page lies: beside a number, around one, or (none) the newest. */
export type PageAt = { before?: number; after?: number; around?: number };

export const listMessages = (channel_id: Id, at: PageAt, limit: number, root_id?: Id) =>
  root_id
    ? call('list_thread_messages', { path: { channel_id, root_id }, query: { ...at, limit } })
    : call('list_messages', { path: { channel_id }, query: { ...at, limit } });
export const getMessage = (channel_id: Id, message_id: Id) => call('get_message', { path: { channel_id, message_id } });
export const sendMessage = (channel_id: Id, body: NewMessage) => call('send_message', { path: { channel_id }, body });
export const editMessage = (channel_id: Id, message_id: Id, text: string) =>
  call('edit_message', { path: { channel_id, message_id }, body: { text } });
export const deleteMessage = (channel_id: Id, message_id: Id) =>
  call('delete_message', { path: { channel_id, message_id } });
export const addReaction = (channel_id: Id, message_id: Id, emoji: string) =>
  call('add_reaction', { path: { channel_id, message_id, emoji } });
export const removeReaction = (channel_id: Id, message_id: Id, emoji: string) =>
  call('remove_reaction', { path: { channel_id, message_id, emoji } });
export const updateCursor = (channel_id: Id, body: CursorUpdate) =>
  call('update_cursor', { path: { channel_id }, body });
