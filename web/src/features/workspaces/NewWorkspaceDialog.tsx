import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import { createWorkspace, getChannel } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { navigate } from '../../lib/router';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';

export function NewWorkspaceDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const handleSubmit = async () => {
    setTried(true);
    if (busy || name.trim() === '') return;
    setBusy(true);
    try {
      const workspace = await createWorkspace(name.trim());
      const { id: workspaceId, default_channel_id: channelId } = workspace.workspace;
      entities.ingest({ kind: 'workspace_state', workspace });
      entities.ingest({ kind: 'channel_state', channel: await getChannel(channelId) });
      onClose();
      navigate({ name: 'channel', workspaceId, channelId });
    } catch (cause) {
      setError(errorText(asApiError(cause)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t`Create a workspace`}
      hint={t`A separate place with its own people and channels on this server.`}
      onClose={onClose}
      onSubmit={() => void handleSubmit()}
      foot={
        <>
          <Button variant="ghost" onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" busy={busy}>
            <Trans>Create workspace</Trans>
          </Button>
        </>
      }
    >
      {error !== '' && <Notice tone="danger" title={error} />}
      <Field
        label={t`Workspace name`}
        value={name}
        onChange={setName}
        maxLength={80}
        error={tried && name.trim() === '' ? t`Give it a name.` : undefined}
        autoFocus
      />
    </Dialog>
  );
}
