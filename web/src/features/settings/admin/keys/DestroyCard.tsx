import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { KeysView, NewKeyTask } from '../../../../api/types';
import { Button } from '../../../../ui/Button';
import { Card } from '../../../../ui/Card';
import { Fault } from '../Fault';
import { DestroyDialog } from './DestroyDialog';
import { TargetFields } from './TargetFields';
import { useOrder } from './useOrder';
import { useTarget } from './useTarget';

type Props = { keys: KeysView; onOrdered: () => void };

/** Keys that are destroyed, and with them all that they seal, in every copy. */
export function DestroyCard({ keys, onOrdered }: Props) {
  const { t } = useLingui();
  const choice = useTarget('channel');
  const [asking, setAsking] = useState<NewKeyTask | undefined>();
  const { task, monthFault, check, send } = useOrder('shred', choice, onOrdered);
  const names = choice.level === 'channel' ? choice.channels : choice.workspaces;
  const chosen = choice.level === 'channel' ? choice.channelId : choice.workspaceId;
  const name = names.find(({ id }) => id === chosen)?.name ?? '';
  return (
    <Card
      title={t`Destroy keys`}
      hint={t`What they sealed can be read by nobody any more: not here, not in a backup. Messages become empty places.`}
      foot={
        <Button variant="danger" onPress={() => setAsking(check())} isDisabled={!choice.target}>
          <Trans>Destroy keys…</Trans>
        </Button>
      }
    >
      {!asking && <Fault error={task.error} />}
      <TargetFields choice={choice} levels={['channel', 'workspace']} faults={{ month: monthFault }} />
      {asking && (
        <DestroyDialog
          name={name}
          month={asking.month}
          keys={keys}
          task={task}
          onConfirm={() => void send(asking).then((done) => done && setAsking(undefined))}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Card>
  );
}
