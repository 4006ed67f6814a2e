import { useLingui } from '@lingui/react/macro';
import type { Id } from '../../api/types';
import { useWorkspace } from '../../entities/hooks';
import { Dialog } from '../../ui/Dialog';
import { InviteLink } from './InviteLink';

export function InviteDialog({ workspaceId, onClose }: { workspaceId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const name = useWorkspace(workspaceId)?.workspace.name ?? '';
  return (
    <Dialog
      title={t`Invite people to ${name}`}
      hint={t`Make a link and send it to them. You can make one for each group of people.`}
      onClose={onClose}
    >
      <InviteLink workspaceId={workspaceId} />
    </Dialog>
  );
}
