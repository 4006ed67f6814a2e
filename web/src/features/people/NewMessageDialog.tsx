import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { UserPage, UserView } from '../../api/types';
import { listWorkspaceMembers, openConversation, searchUsers } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { isMe } from '../../entities/useTitle';
import { navigate } from '../../lib/router';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/display';
import { PeoplePicker } from './PeoplePicker';

const MOST_OTHERS = 19;

/** Before anything is typed the members of the first workspace; then everybody who can be seen. */
async function find(query: string): Promise<UserPage> {
  const workspaceId = entities.state.workspaces.values()[0]?.workspace.id;
  if (query !== '' || workspaceId === undefined) return searchUsers(query);
  const page = await listWorkspaceMembers(workspaceId);
  return { items: page.items.map((item) => item.user) };
}

/** Opens the conversation with one person or a group; an existing one is found again. */
export function NewMessageDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<readonly UserView[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const handleOpen = async () => {
    if (chosen.length === 0 || busy) return;
    setBusy(true);
    try {
      const channel = await openConversation(chosen.map((user) => user.id));
      entities.ingest({ kind: 'channel_state', channel });
      onClose();
      navigate({ name: 'channel', workspaceId: undefined, channelId: channel.channel.id });
    } catch (cause) {
      setError(errorText(asApiError(cause)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t`New message`}
      hint={t`To one person, or to a group of up to 20.`}
      onClose={onClose}
      onSubmit={() => void handleOpen()}
      foot={
        <>
          <Button variant="ghost" onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isDisabled={chosen.length === 0} busy={busy}>
            <Trans>Open conversation</Trans>
          </Button>
        </>
      }
    >
      {error !== '' && <Notice tone="danger" title={error} />}
      <PeoplePicker
        label={t`Find people`}
        chosen={chosen}
        onChange={setChosen}
        most={MOST_OTHERS}
        find={find}
        without={isMe}
      />
    </Dialog>
  );
}
