/** Rows for tests: whole, valid, and different only where the test says so. */
import type { JournalEvent, Snapshot } from '../api/events';
import type { ChannelState, MessagePage, MessageView, UserView, WorkspaceState } from '../api/types';

export const ME_ID = '1';
export const OTHER_ID = '2';
export const CHANNEL_ID = '10';
export const WORKSPACE_ID = '5';
const AT = '2026-11-20T10:00:00.000Z';

export function user(id: string, change: Partial<UserView> = {}): UserView {
  const name = id === ME_ID ? 'Noor Haddad' : 'Priya Raman';
  return { id, handle: `u${id}`, display_name: name, kind: 'person', status: 'active', version: 1, ...change };
}

export function message(number: number, change: Partial<MessageView> = {}): MessageView {
  return {
    id: `m${number}`,
    channel_id: CHANNEL_ID,
    number,
    version: number,
    author_id: OTHER_ID,
    kind: 'user',
    text: `text ${number}`,
    created_at: AT,
    ...change,
  };
}

export function channel(change: Partial<ChannelState> = {}, view: Partial<ChannelState['channel']> = {}): ChannelState {
  return {
    channel: {
      id: CHANNEL_ID,
      workspace_id: WORKSPACE_ID,
      kind: 'public',
      name: 'general',
      topic: '',
      archived: false,
      created_by: ME_ID,
      created_at: AT,
      version: 1,
      ...view,
    },
    head: { version: 10, last_number: 10, last_main_number: 10, first_number: 1 },
    cursor: { last_read_number: 10, version: 1 },
    notify: 'mentions',
    permissions: ['view_channel', 'send_messages', 'reply_in_threads', 'add_reactions'],
    mention_count: 0,
    counted_to: 10,
    membership_version: 1,
    ...change,
  };
}

export function workspace(): WorkspaceState {
  const view = { name: 'Northwind', description: '', default_channel_id: CHANNEL_ID, created_at: AT, version: 1 };
  return { workspace: { id: WORKSPACE_ID, ...view }, role: 'member', permissions: ['create_invitations'], head: 3 };
}

export function snapshot(channels: ChannelState[] = [channel()], change: Partial<Snapshot> = {}): Snapshot {
  return {
    epoch: 'e1',
    instance: { name: 'Northwind', version: 1 },
    instance_head: 4,
    me: { ...user(ME_ID), instance_role: 'member', created_at: AT },
    user_head: 7,
    workspaces: [workspace()],
    channels,
    more_channels: false,
    users: [user(ME_ID), user(OTHER_ID)],
    ...change,
  };
}

export function page(numbers: number[], change: Partial<MessagePage> = {}): MessagePage {
  return {
    messages: numbers.map((n) => message(n)),
    more_before: false,
    more_after: false,
    head: channel().head,
    users: [],
    ...change,
  };
}

export function created(m: MessageView, version = m.number): JournalEvent {
  const data = { message: { ...m, version }, last_main_number: m.thread_id ? 10 : m.number };
  return { journal: `channel:${m.channel_id}`, version, type: 'message_created', data };
}
