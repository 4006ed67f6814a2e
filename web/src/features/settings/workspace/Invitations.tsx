import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link2 } from 'lucide-react';
import { useCallback, useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { Id, InvitationView, WorkspaceState } from '../../../api/types';
import { listInvitations, revokeInvitation } from '../../../api/workspaces';
import { usePerson } from '../../../entities/usePerson';
import { useFormat } from '../../../i18n/format';
import { Button } from '../../../ui/Button';
import { Card, Row } from '../../../ui/Card';
import { Notice, Pill } from '../../../ui/display';
import { InviteLink } from '../../people';
import { PageHead } from '../Frame';
import { List } from '../List';
import { useRoleNames } from '../roles';
import { usePages } from '../usePages';

/** The links by which people come in: making one, and ending those that are out there. */
export function Invitations({ state }: { state: WorkspaceState }) {
  const { t } = useLingui();
  const { id, name } = state.workspace;
  const [failed, setFailed] = useState('');
  const load = useCallback((after?: string) => listInvitations(id, after), [id]);
  const pages = usePages(load);
  const handleRevoke = async (invitationId: Id) => {
    setFailed('');
    try {
      await revokeInvitation(id, invitationId);
      pages.patch((items) => items.map((item) => (item.id === invitationId ? { ...item, revoked: true } : item)));
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
    }
  };
  return (
    <>
      <PageHead title={t`Invitations`} hint={t`Whoever has a link can join ${name} until it ends.`} />
      {state.permissions.includes('create_invitations') && (
        <Card title={t`New link`}>
          <InviteLink workspaceId={id} onMade={pages.reload} />
        </Card>
      )}
      <Card
        title={t`Links`}
        hint={state.permissions.includes('manage_invitations') ? undefined : t`The ones you made.`}
      >
        {failed !== '' && <Notice tone="danger" title={failed} />}
        <List
          label={t`Invitations`}
          pages={pages}
          none={t`No link has been made yet.`}
          keyOf={(item) => item.id}
          row={(item) => <Invitation item={item} onRevoke={() => void handleRevoke(item.id)} />}
        />
      </Card>
    </>
  );
}

/** What a link still is. */
function stateOf(item: InvitationView): 'open' | 'revoked' | 'used' | 'expired' {
  if (item.revoked) return 'revoked';
  if (item.uses >= item.max_uses) return 'used';
  return Date.parse(item.expires_at) <= Date.now() ? 'expired' : 'open';
}

function Invitation({ item, onRevoke }: { item: InvitationView; onRevoke: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const roles = useRoleNames();
  const maker = usePerson(item.created_by).name;
  const role = roles[item.role];
  const made = format.date(Date.parse(item.created_at));
  const until = format.date(Date.parse(item.expires_at));
  const { uses, max_uses: most } = item;
  const still = stateOf(item);
  const pill = {
    open: <Pill tone="success">{t`Active`}</Pill>,
    revoked: <Pill>{t`Revoked`}</Pill>,
    used: <Pill>{t`Used up`}</Pill>,
    expired: <Pill>{t`Expired`}</Pill>,
  }[still];
  return (
    <Row
      icon={Link2}
      title={
        <>
          {role} {pill}
        </>
      }
      hint={
        <>
          <Plural value={uses} one={`# of ${most} has come`} other={`# of ${most} have come`} />
          {', '}
          {still === 'open' ? <Trans>ends {until}</Trans> : <Trans>made {made}</Trans>}
          {', '}
          <Trans>
            by <bdi>{maker}</bdi>
          </Trans>
        </>
      }
    >
      {still === 'open' && (
        <Button size="s" variant="danger" onPress={onRevoke} aria-label={t`Revoke the link for ${role}, made ${made}`}>
          <Trans>Revoke</Trans>
        </Button>
      )}
    </Row>
  );
}
