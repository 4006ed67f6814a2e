/** What can be done to a message. Shown at once where it can be undone by the next event; errors become toasts. */
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { create } from 'zustand';
import { errorText } from '../../api/errors';
import { addReaction, deleteMessage, editMessage, removeReaction } from '../../api/messages';
import { asApiError } from '../../api/problem';
import type { Id, MessageView } from '../../api/types';
import { entities } from '../../entities/entities';
import { navigate, type Route } from '../../lib/router';
import { toast } from '../../ui/toasts';
import { markUnreadFrom } from './reading';
import { timelines } from './store';

/** Which message is being edited, and which is about to be deleted: one at a time. */
export const useMessageWork = create<{ editing: Id | undefined; deleting: Id | undefined; reacting: Id | undefined }>()(
  () => ({ editing: undefined, deleting: undefined, reacting: undefined }),
);

function failed(cause: unknown): void {
  toast(errorText(asApiError(cause)), 'danger');
}

export function routeOfThread(channelId: Id, rootId: Id | undefined): Route {
  const workspaceId = entities.state.channels.get(channelId)?.channel.workspace_id;
  return { name: 'channel', workspaceId, channelId, ...(rootId ? { rootId } : {}) };
}

export function openThread(message: MessageView): void {
  navigate(routeOfThread(message.channel_id, message.thread_id ?? message.id));
}

export const hasReacted = (message: MessageView, emoji: string): boolean =>
  message.reactions?.some((r) => r.emoji === emoji && (r.me === true || r.user_ids.includes(entities.state.myId))) ??
  false;

export async function toggleReaction(message: MessageView, emoji: string): Promise<void> {
  const change = hasReacted(message, emoji) ? removeReaction : addReaction;
  await change(message.channel_id, message.id, emoji).catch(failed);
}

/** Whether the change was saved; the editor stays open otherwise. */
export async function saveEdit(message: MessageView, text: string): Promise<boolean> {
  if (text.trim() === message.text.trim()) return true;
  try {
    const changed = await editMessage(message.channel_id, message.id, text.trim());
    entities.ingest({ kind: 'message', message: changed });
    return true;
  } catch (cause) {
    failed(cause);
    return false;
  }
}

export async function confirmDelete(message: MessageView): Promise<void> {
  useMessageWork.setState({ deleting: undefined });
  await deleteMessage(message.channel_id, message.id).catch(failed);
}

export async function unreadFromHere(message: MessageView): Promise<void> {
  try {
    await markUnreadFrom(message.channel_id, message.number);
    timelines.show(message.channel_id).holdAt(message.number - 1);
    toast(i18n._(msg`Marked unread from here`), 'success');
  } catch (cause) {
    failed(cause);
  }
}

export async function copyText(message: MessageView): Promise<void> {
  await navigator.clipboard.writeText(message.text).then(
    () => toast(i18n._(msg`Text copied`), 'success'),
    () => undefined,
  );
}

export async function copyLink(message: MessageView): Promise<void> {
  const workspaceId = entities.state.channels.get(message.channel_id)?.channel.workspace_id;
  const base = workspaceId ? `/w/${workspaceId}/c/${message.channel_id}` : `/c/${message.channel_id}`;
  const path = message.thread_id ? `${base}/t/${message.thread_id}` : `${base}/m/${message.number}`;
  await navigator.clipboard.writeText(location.origin + path).then(
    () => toast(i18n._(msg`Link copied`), 'success'),
    () => undefined,
  );
}

/** The newest message of mine that can still be edited, for arrow up in an empty composer. */
export function lastOwn(channelId: Id, threadId?: Id): Id | undefined {
  const ids = timelines.show(channelId, threadId).ids();
  return ids.findLast((id) => {
    const message = entities.state.messages.get(id);
    return message?.author_id === entities.state.myId && message.kind === 'user' && !message.deleted;
  });
}
