import { useLingui } from '@lingui/react/macro';
import { Info, Users } from 'lucide-react';
import type { Id } from '../../../api/types';
import { useChannel } from '../../../entities/hooks';
import type { Route } from '../../../lib/router';
import { Frame, type PageGroup } from '../Frame';
import { Missing } from '../Missing';
import { About } from './About';
import { ChannelMembers } from './ChannelMembers';

type Page = Extract<Route, { name: 'channel-settings' }>['page'];
const pages = { about: About, members: ChannelMembers };

/** A channel: what it is for, what it tells, who is in it. */
export function ChannelSettings({ workspaceId, channelId, page }: { workspaceId: Id; channelId: Id; page: Page }) {
  const { t } = useLingui();
  const state = useChannel(channelId);
  if (!state || state.channel.workspace_id !== workspaceId) return <Missing />;
  const to = (name: Page): Route => ({ name: 'channel-settings', workspaceId, channelId, page: name });
  const groups: PageGroup[] = [
    {
      name: t`Channel`,
      pages: [
        { id: 'about', name: t`About`, icon: Info, to: to('about') },
        { id: 'members', name: t`Members`, icon: Users, to: to('members') },
      ],
    },
  ];
  const Content = pages[page];
  return (
    <Frame
      title={t`Channel settings`}
      back={{ name: 'channel', workspaceId, channelId }}
      backName={state.channel.name}
      groups={groups}
      current={page}
    >
      <Content key={page} state={state} />
    </Frame>
  );
}
