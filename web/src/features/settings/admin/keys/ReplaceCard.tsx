import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Card } from '../../../../ui/Card';
import { SaveFoot } from '../../SaveFoot';
import { Fault } from '../Fault';
import { TargetFields } from './TargetFields';
import { useOrder } from './useOrder';
import { useTarget } from './useTarget';

/** New keys in the place of old ones, while everything goes on. */
export function ReplaceCard({ onOrdered }: { onOrdered: () => void }) {
  const { t } = useLingui();
  const choice = useTarget('root');
  const [done, setDone] = useState(false);
  const { task, monthFault, check, send } = useOrder('rotate', choice, onOrdered);
  const handleSubmit = async () => {
    setDone(false);
    const order = check();
    if (order) setDone(await send(order));
  };
  return (
    <Card
      title={t`Replace keys`}
      hint={t`New keys are in use at once; what the old ones sealed is sealed anew. People read and write meanwhile.`}
      onSubmit={() => void handleSubmit()}
      foot={
        <SaveFoot
          done={done && <Trans>Asked for</Trans>}
          busy={task.busy}
          changed={choice.target !== undefined}
          action={<Trans>Replace keys</Trans>}
        />
      }
    >
      <Fault error={task.error} />
      <TargetFields
        choice={choice}
        levels={['root', 'instance', 'workspace', 'channel']}
        faults={{ month: monthFault }}
      />
    </Card>
  );
}
