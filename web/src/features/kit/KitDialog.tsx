import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { KitBody, useKitTexts } from './KitBody';
import { useKeys } from './state';
import { useKitFlow } from './useKitFlow';

type Props = {
  /** Enter a kit that was made before, instead of making one. */
  enter: boolean;
  onClose: () => void;
};

/** Makes a recovery kit and proves it, or proves one that is there, for those who run the instance. */
export function KitDialog({ enter, onClose }: Props) {
  const { t } = useLingui();
  const [held] = useState(() => useKeys.getState().keys);
  const flow = useKitFlow(enter ? (held?.waiting_kit ?? held?.kit) : undefined);
  const { title, hint, next } = useKitTexts(flow);
  const done = flow.phase === 'done';
  const [leaving, setLeaving] = useState(false);
  // What is shown once is not thrown away by a press beside the dialog.
  const handleClose = () => (flow.made && !leaving ? setLeaving(true) : onClose());
  return (
    <Dialog
      title={leaving ? t`Leave without proving it?` : title}
      hint={leaving ? t`The kit does not count before it was entered again, and is not shown again.` : hint}
      onClose={handleClose}
      onSubmit={leaving || done ? onClose : flow.next}
      foot={
        leaving ? (
          <>
            <Button variant="ghost" onPress={() => setLeaving(false)} autoFocus>
              <Trans>Back to the kit</Trans>
            </Button>
            <Button variant="danger" onPress={onClose}>
              <Trans>Leave</Trans>
            </Button>
          </>
        ) : (
          <>
            {flow.back ? (
              <Button variant="ghost" onPress={flow.back}>
                <Trans>Show it again</Trans>
              </Button>
            ) : (
              !done && (
                <Button variant="ghost" onPress={handleClose}>
                  <Trans>Cancel</Trans>
                </Button>
              )
            )}
            <Button type="submit" variant="primary" busy={flow.busy}>
              {next}
            </Button>
          </>
        )
      }
    >
      {!leaving && <KitBody flow={flow} />}
    </Dialog>
  );
}
