import { useLingui } from '@lingui/react/macro';
import { BadgeCheck, KeyRound, ScrollText } from 'lucide-react';
import { useMe, useWorkspace } from '../../../entities/hooks';
import type { Route } from '../../../lib/router';
import { currentWorkspaceId } from '../../channels';
import { Frame, type PageGroup } from '../Frame';
import { Missing } from '../Missing';
import { Audit } from './audit/Audit';
import { Certificates } from './certificates/Certificates';
import { Keys } from './keys/Keys';

type Page = Extract<Route, { name: 'admin-settings' }>['page'];
const pages = { keys: Keys, certificates: Certificates, audit: Audit };

/** The instance, for those who run it. Everybody else is told what they would be told of any other address. */
export function AdminSettings({ page }: { page: Page }) {
  const { t } = useLingui();
  const me = useMe();
  const workspaceId = currentWorkspaceId();
  const workspace = useWorkspace(workspaceId ?? '');
  if (!me) return null;
  if (me.instance_role === 'member') return <Missing />;
  const to = (name: Page): Route => ({ name: 'admin-settings', page: name });
  const groups: PageGroup[] = [
    {
      name: t`Safety`,
      pages: [
        { id: 'keys', name: t`Keys`, icon: KeyRound, to: to('keys') },
        { id: 'certificates', name: t`Certificates`, icon: BadgeCheck, to: to('certificates') },
        { id: 'audit', name: t`Audit log`, icon: ScrollText, to: to('audit') },
      ],
    },
  ];
  const Content = pages[page];
  return (
    <Frame
      title={t`Administration`}
      back={workspaceId ? { name: 'workspace', workspaceId } : { name: 'home' }}
      backName={workspace?.workspace.name ?? t`the conversations`}
      groups={groups}
      current={page}
      wide={page === 'audit'}
      foot={location.host}
    >
      <Content key={page} />
    </Frame>
  );
}
