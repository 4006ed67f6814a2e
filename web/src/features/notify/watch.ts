/**
 * Shows a notification for what arrives while nobody looks at the window. Loaded only on devices that want them.
 * One per channel at a time (its tag), so that two tabs or a busy channel do not pile them up.
 */
import { i18n } from '@lingui/core';
import { plural } from '@lingui/core/macro';
import type { ChannelState, Id } from '../../api/types';
import { entities } from '../../entities/entities';
import { isUnread } from '../../entities/hooks';
import { isConversation } from '../../entities/mentions';
import { nameOf } from '../../entities/useTitle';
import { formatFor } from '../../i18n/format';
import { navigate } from '../../lib/router';
import { type News, newsOf, type Waiting, waitingIn } from './news';
import { useNotify } from './permission';

/** What was read on another device meanwhile, or written by oneself there, is not worth a notification. */
const SETTLE_MS = 600;

const before = new Map<Id, Waiting>();
const found = new Map<Id, News>();
let timer: ReturnType<typeof setTimeout> | undefined;
let stop: (() => void) | undefined;

function titleOf(channel: ChannelState): string {
  const name = nameOf(channel, formatFor(i18n.locale).list);
  return isConversation(channel) ? name : `#${name}`;
}

function show({ channelId, count, mentions }: News): void {
  const channel = entities.state.channels.get(channelId);
  if (!channel || (!isUnread(channel) && channel.mention_count === 0)) return;
  const named = mentions && !isConversation(channel);
  const body = named
    ? plural(count, { one: '# mention of you', other: '# mentions of you' })
    : plural(count, { one: '# new message', other: '# new messages' });
  try {
    const shown = new Notification(titleOf(channel), { body, tag: channelId, icon: '/icon.svg' });
    shown.onclick = () => {
      window.focus();
      navigate({ name: 'channel', workspaceId: channel.channel.workspace_id, channelId });
      shown.close();
    };
  } catch {
    // Some phones allow them only from a service worker; badges and title still tell.
  }
}

function tell(): void {
  timer = undefined;
  const list = [...found.values()];
  found.clear();
  if (useNotify.getState().state !== 'on' || document.hasFocus()) return;
  for (const news of list) show(news);
}

function compare(): void {
  const channels = entities.state.channels.values();
  for (const channel of channels) {
    const { id } = channel.channel;
    const news = newsOf(channel, before.get(id));
    if (news) found.set(id, { ...news, count: news.count + (found.get(id)?.count ?? 0) });
    before.set(id, waitingIn(channel));
  }
  // Left and signed out: gone from the store, so gone from here.
  if (before.size > channels.length)
    for (const id of before.keys()) if (!entities.state.channels.has(id)) before.delete(id);
  if (found.size > 0) timer ??= setTimeout(tell, SETTLE_MS);
}

export function watchNews(): void {
  if (stop) return;
  compare();
  stop = entities.state.channels.subscribeAll(compare);
}

export function stopWatching(): void {
  stop?.();
  stop = undefined;
  clearTimeout(timer);
  timer = undefined;
  before.clear();
  found.clear();
}
