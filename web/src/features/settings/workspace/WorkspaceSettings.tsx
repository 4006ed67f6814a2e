import { useLingui } from '@lingui/react/macro';
import { Building2, Link2, Users } from 'lucide-react';
import { useWorkspace } from '../../../entities/hooks';
import type { Route } from '../../../lib/router';
import { Frame, type PageGroup } from '../Frame';
import { Missing } from '../Missing';
import { General } from './General';
import { Invitations } from './Invitations';
import { Members } from './Members';

type Page = Extract<Route, { name: 'workspace-settings' }>['page'];
const pages = { general: General, members: Members, invitations: Invitations };

/** A workspace: what it is called, who is in it, and the links by which people come in. */
export function WorkspaceSettings({ workspaceId, page }: { workspaceId: string; page: Page }) {
  const { t } = useLingui();
  const state = useWorkspace(workspaceId);
  if (!state) return <Missing />;
  const may = state.permissions;
  const to = (name: Page): Route => ({ name: 'workspace-settings', workspaceId, page: name });
  const links = may.includes('create_invitations') || may.includes('manage_invitations');
  const groups: PageGroup[] = [
    {
      name: t`Workspace`,
      pages: [
        { id: 'general', name: t`About`, icon: Building2, to: to('general') },
        { id: 'members', name: t`Members`, icon: Users, to: to('members') },
        ...(links ? [{ id: 'invitations', name: t`Invitations`, icon: Link2, to: to('invitations') }] : []),
      ],
    },
  ];
  const Content = page === 'invitations' && !links ? General : pages[page];
  return (
    <Frame
      title={t`Workspace settings`}
      back={{ name: 'workspace', workspaceId }}
      backName={state.workspace.name}
      groups={groups}
      current={page}
    >
      <Content key={page} state={state} />
    </Frame>
  );
}
