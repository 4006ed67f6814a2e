import { useLingui } from '@lingui/react/macro';
import { ChevronDown, Compass, Hash, Plus, Settings, UserPlus } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { Id } from '../../api/types';
import { useMe, useWorkspace, useWorkspaces } from '../../entities/hooks';
import { openOverlay } from '../../lib/overlay';
import { navigate } from '../../lib/router';
import { usePhone } from '../../lib/useMedia';
import { Menu, type MenuEntry, type MenuGroup } from '../../ui/Menu';
import css from './Sidebar.module.css';

const entry = (on: boolean, item: MenuEntry): MenuEntry[] => (on ? [item] : []);

/** The other workspaces, on the phone, where no rail shows them. */
function useElsewhere(workspaceId: Id): MenuGroup[] {
  const { t } = useLingui();
  const phone = usePhone();
  const me = useMe();
  const workspaces = useWorkspaces();
  if (!phone) return [];
  const items = workspaces.map(({ workspace }) => ({
    id: `to:${workspace.id}`,
    name: workspace.name,
    checked: workspace.id === workspaceId,
  }));
  const mayCreate = me !== undefined && me.instance_role !== 'member';
  return [
    {
      label: t`Workspaces`,
      title: t`Workspaces`,
      items: [...items, ...entry(mayCreate, { id: 'new-workspace', name: t`Create a workspace`, icon: Plus })],
    },
  ];
}

/** The name of the workspace, and what can be done in it. */
export function WorkspaceMenu({ workspaceId }: { workspaceId: Id }) {
  const { t } = useLingui();
  const workspace = useWorkspace(workspaceId);
  const elsewhere = useElsewhere(workspaceId);
  const may = workspace?.permissions ?? [];
  const name = workspace?.workspace.name ?? '';
  const mayCreate = may.includes('create_public_channels') || may.includes('create_private_channels');
  const groups: MenuGroup[] = [
    {
      label: t`Workspace`,
      items: [
        ...entry(may.includes('create_invitations'), { id: 'invite', name: t`Invite people`, icon: UserPlus }),
        ...entry(mayCreate, { id: 'new-channel', name: t`Create a channel`, icon: Hash }),
        ...entry(may.includes('join_public_channels'), { id: 'browse', name: t`Browse channels`, icon: Compass }),
      ],
    },
    { label: t`More`, items: [{ id: 'settings', name: t`Workspace settings`, icon: Settings }] },
    ...elsewhere,
  ];
  const handleAction = (id: string) => {
    if (id === 'settings') navigate({ name: 'workspace-settings', workspaceId, page: 'general' });
    else if (id === 'invite' || id === 'new-channel' || id === 'browse') openOverlay({ kind: id, workspaceId });
    else if (id === 'new-workspace') openOverlay({ kind: id });
    else navigate({ name: 'workspace', workspaceId: id.slice('to:'.length) });
  };
  return (
    <Menu
      label={name}
      placement="bottom start"
      groups={groups.filter((group) => group.items.length > 0)}
      onAction={handleAction}
      trigger={
        <Button className={css.org ?? ''}>
          <span>{name}</span>
          <ChevronDown size={16} aria-hidden />
        </Button>
      }
    />
  );
}
