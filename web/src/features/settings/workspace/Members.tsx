import { Trans, useLingui } from '@lingui/react/macro';
import { UserPlus } from 'lucide-react';
import { useCallback, useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { Role, WorkspaceMemberItem, WorkspaceState } from '../../../api/types';
import { listWorkspaceMembers, removeWorkspaceMember, updateWorkspaceMember } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { useMe } from '../../../entities/hooks';
import { openOverlay } from '../../../lib/overlay';
import { Button } from '../../../ui/Button';
import { ConfirmDialog } from '../../../ui/ConfirmDialog';
import { PageHead } from '../Frame';
import { MembersCard } from '../MembersCard';
import { usePages } from '../usePages';
import { MemberRow } from './MemberRow';
import { PasswordLinkDialog } from './PasswordLinkDialog';

/** Who is in the workspace and as what. */
export function Members({ state }: { state: WorkspaceState }) {
  const { t } = useLingui();
  const me = useMe();
  const { id, name } = state.workspace;
  const [query, setQuery] = useState('');
  const [failed, setFailed] = useState('');
  const [removing, setRemoving] = useState<WorkspaceMemberItem | undefined>();
  const [linking, setLinking] = useState<WorkspaceMemberItem | undefined>();
  const load = useCallback(
    async (after?: string) => {
      const page = await listWorkspaceMembers(id, query.trim(), after);
      entities.ingest({ kind: 'users', users: page.items.map((item) => item.user) });
      return page;
    },
    [id, query],
  );
  const pages = usePages(load);
  const handleRole = async (member: WorkspaceMemberItem, role: Role) => {
    setFailed('');
    try {
      const next = await updateWorkspaceMember(id, member.user_id, role);
      pages.patch((items) => items.map((item) => (item.user_id === member.user_id ? { ...item, ...next } : item)));
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
      // The list as it is: the select goes back to what holds.
      pages.patch((items) => items.map((item) => ({ ...item })));
    }
  };
  const remove = async (): Promise<string | undefined> => {
    if (!removing) return undefined;
    try {
      await removeWorkspaceMember(id, removing.user_id);
      pages.patch((items) => items.filter((item) => item.user_id !== removing.user_id));
      return undefined;
    } catch (cause) {
      return errorText(asApiError(cause));
    }
  };
  const person = removing?.user.display_name ?? '';
  return (
    <>
      <PageHead title={t`Members`} hint={t`Everybody in ${name}.`}>
        {state.permissions.includes('create_invitations') && (
          <Button variant="primary" icon={UserPlus} onPress={() => openOverlay({ kind: 'invite', workspaceId: id })}>
            <Trans>Invite people</Trans>
          </Button>
        )}
      </PageHead>
      <MembersCard
        pages={pages}
        query={query}
        onQuery={setQuery}
        failed={failed}
        row={(item) => (
          <MemberRow
            item={item}
            own={state.role}
            manages={state.permissions.includes('manage_members')}
            linksPasswords={me !== undefined && me.instance_role !== 'member'}
            onRole={(role) => void handleRole(item, role)}
            onRemove={() => setRemoving(item)}
            onLink={() => setLinking(item)}
          />
        )}
      />
      {removing && (
        <ConfirmDialog
          title={t`Remove ${person} from ${name}?`}
          hint={t`They leave all its channels at once. What they wrote stays.`}
          action={t`Remove from workspace`}
          onConfirm={remove}
          onClose={() => setRemoving(undefined)}
        />
      )}
      {linking && <PasswordLinkDialog user={linking.user} onClose={() => setLinking(undefined)} />}
    </>
  );
}
