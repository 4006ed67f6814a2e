import type { ChannelState, NotifyLevel } from '../../api/types';
import { updateMembership } from '../../api/workspaces';
import { entities } from '../../entities/entities';

/** What notifies in a channel, changed and shown. */
export async function changeNotify(channel: ChannelState, notify: NotifyLevel): Promise<void> {
  const { version } = await updateMembership(channel.channel.id, notify);
  const held = entities.state.channels.get(channel.channel.id) ?? channel;
  entities.ingest({ kind: 'channel_state', channel: { ...held, notify, membership_version: version } });
}
