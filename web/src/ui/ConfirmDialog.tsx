import { Trans } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { Notice } from './display';

type Props = {
  title: string;
  hint: ReactNode;
  /** What happens, as a verb: the label of the button. */
  action: string;
  /** The words of what went wrong, or nothing when it is done. */
  onConfirm: () => Promise<string | undefined>;
  onClose: () => void;
};

/** Asks before what cannot be undone by a press. Focus starts at the way back. */
export function ConfirmDialog({ title, hint, action, onConfirm, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const handleConfirm = async () => {
    if (busy) return;
    setBusy(true);
    const failed = await onConfirm();
    if (failed === undefined) return onClose();
    setError(failed);
    setBusy(false);
  };
  return (
    <Dialog
      title={title}
      hint={hint}
      onClose={onClose}
      foot={
        <>
          <Button variant="ghost" onPress={onClose} autoFocus>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="danger" onPress={() => void handleConfirm()} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      {error !== '' && <Notice tone="danger" title={error} />}
    </Dialog>
  );
}
