import { Trans, useLingui } from '@lingui/react/macro';
import { Archive, ArchiveRestore, LogOut } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { ChannelState } from '../../../api/types';
import { updateChannel } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { Button } from '../../../ui/Button';
import { Card, Row, Rows } from '../../../ui/Card';
import { ConfirmDialog } from '../../../ui/ConfirmDialog';
import { Notice } from '../../../ui/display';
import { leaveAndGo, mayLeave } from '../../channels';
import { useTask } from '../useTask';

/** The ends a channel can come to: archived for everybody, or left by the person. */
export function EndCard({ state }: { state: ChannelState }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState<'archive' | 'leave' | undefined>();
  const task = useTask();
  const { id, name, archived, kind } = state.channel;
  const archives = state.permissions.includes('archive_channel');
  const leaves = mayLeave(state);
  if (!archives && !leaves) return null;
  const archive = async (on: boolean) => {
    const next = await updateChannel(id, { archived: on });
    entities.ingest({ kind: 'channels_listed', channels: [next] });
  };
  const confirm = async (): Promise<string | undefined> => {
    try {
      await (asking === 'archive' ? archive(true) : leaveAndGo(state));
      return undefined;
    } catch (cause) {
      return errorText(asApiError(cause));
    }
  };
  return (
    <Card title={t`Archive and leave`}>
      {task.error && <Notice tone="danger" title={errorText(task.error)} />}
      <Rows label={t`Archive and leave`}>
        {archives && (
          <li>
            {archived ? (
              <Row icon={ArchiveRestore} title={t`Restore #${name}`} hint={t`Everybody in it can write again.`}>
                <Button onPress={() => void task.run(() => archive(false))} busy={task.busy}>
                  <Trans>Restore</Trans>
                </Button>
              </Row>
            ) : (
              <Row
                icon={Archive}
                title={t`Archive #${name}`}
                hint={t`Nobody writes in it any more; what was said stays readable.`}
              >
                <Button variant="danger" onPress={() => setAsking('archive')}>
                  <Trans>Archive…</Trans>
                </Button>
              </Row>
            )}
          </li>
        )}
        {leaves && (
          <li>
            <Row
              icon={LogOut}
              title={t`Leave #${name}`}
              hint={kind === 'private' ? t`To come back somebody has to add you.` : t`You can join again at any time.`}
            >
              <Button variant="danger" onPress={() => setAsking('leave')}>
                <Trans>Leave…</Trans>
              </Button>
            </Row>
          </li>
        )}
      </Rows>
      {asking && (
        <ConfirmDialog
          title={asking === 'archive' ? t`Archive #${name}?` : t`Leave #${name}?`}
          hint={
            asking === 'archive'
              ? t`It becomes read-only for everybody and leaves their sidebars. It can be restored.`
              : t`It leaves your sidebar. What you wrote stays.`
          }
          action={asking === 'archive' ? t`Archive channel` : t`Leave channel`}
          onConfirm={confirm}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Card>
  );
}
