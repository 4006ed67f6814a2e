import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { Id, UserPage, UserView } from '../../api/types';
import { addChannelMembers, listChannelMembers, listWorkspaceMembers } from '../../api/workspaces';
import { useChannel } from '../../entities/hooks';
import { isMe } from '../../entities/useTitle';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/display';
import { toast } from '../../ui/toasts';
import { PeoplePicker } from './PeoplePicker';

const MOST_AT_ONCE = 200;

export function AddMembersDialog({ channelId, onClose }: { channelId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const channel = useChannel(channelId)?.channel;
  const workspaceId = channel?.workspace_id ?? '';
  const name = channel?.name ?? '';
  const [chosen, setChosen] = useState<readonly UserView[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const find = useCallback(
    async (query: string): Promise<UserPage> => {
      // Both lists are by handle, so who is in the channel already stands in the same part of them.
      const [page, inside] = await Promise.all([
        listWorkspaceMembers(workspaceId, query),
        listChannelMembers(channelId, query),
      ]);
      const known = new Set(inside.items.map((item) => item.user_id));
      return { items: page.items.map((item) => item.user).filter((user) => !known.has(user.id)) };
    },
    [workspaceId, channelId],
  );
  const handleAdd = async () => {
    if (chosen.length === 0 || busy) return;
    setBusy(true);
    try {
      await addChannelMembers(
        channelId,
        chosen.map((user) => user.id),
      );
      toast(t`Added to #${name}`, 'success');
      onClose();
    } catch (cause) {
      setError(errorText(asApiError(cause)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t`Add people to #${name}`}
      hint={t`They see the whole history of the channel.`}
      onClose={onClose}
      onSubmit={() => void handleAdd()}
      foot={
        <>
          <Button variant="ghost" onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isDisabled={chosen.length === 0} busy={busy}>
            <Trans>Add people</Trans>
          </Button>
        </>
      }
    >
      {error !== '' && <Notice tone="danger" title={error} />}
      <PeoplePicker
        label={t`Find people`}
        chosen={chosen}
        onChange={setChosen}
        most={MOST_AT_ONCE}
        find={find}
        without={isMe}
        none={t`Everybody is in it already.`}
      />
    </Dialog>
  );
}
