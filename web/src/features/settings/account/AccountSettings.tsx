import { useLingui } from '@lingui/react/macro';
import { Bell, KeyRound, Palette, UserRound } from 'lucide-react';
import { useMe, useWorkspace } from '../../../entities/hooks';
import type { Route } from '../../../lib/router';
import { currentWorkspaceId } from '../../channels';
import { Frame, type PageGroup } from '../Frame';
import { Appearance } from './Appearance';
import { Notifications } from './Notifications';
import { Profile } from './Profile';
import { Security } from './Security';

type Page = Extract<Route, { name: 'settings' }>['page'];
const pages = { profile: Profile, appearance: Appearance, notifications: Notifications, security: Security };

/** One's own account and how this device shows things. */
export function AccountSettings({ page }: { page: Page }) {
  const { t } = useLingui();
  const me = useMe();
  const workspaceId = currentWorkspaceId();
  const workspace = useWorkspace(workspaceId ?? '');
  const to = (name: Page): Route => ({ name: 'settings', page: name });
  const groups: PageGroup[] = [
    {
      name: t`You`,
      pages: [
        { id: 'profile', name: t`Profile`, icon: UserRound, to: to('profile') },
        { id: 'appearance', name: t`Appearance`, icon: Palette, to: to('appearance') },
        { id: 'notifications', name: t`Notifications`, icon: Bell, to: to('notifications') },
      ],
    },
    {
      name: t`Account`,
      pages: [{ id: 'security', name: t`Password and devices`, icon: KeyRound, to: to('security') }],
    },
  ];
  const Content = pages[page];
  if (!me) return null;
  return (
    <Frame
      title={t`Settings`}
      back={workspaceId ? { name: 'workspace', workspaceId } : { name: 'home' }}
      backName={workspace?.workspace.name ?? t`the conversations`}
      groups={groups}
      current={page}
      foot={
        <>
          <strong dir="auto">{me.display_name}</strong>
          {me.email ?? `@${me.handle}`}
        </>
      }
    >
      <Content key={page} me={me} />
    </Frame>
  );
}
