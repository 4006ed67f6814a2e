import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { KeysView } from '../../../../api/types';
import { Button } from '../../../../ui/Button';
import { Dialog } from '../../../../ui/Dialog';
import { Notice } from '../../../../ui/display';
import { Field } from '../../../../ui/Field';
import type { Task } from '../../useTask';
import { Fault } from '../Fault';

type Props = {
  name: string;
  month: string | undefined;
  keys: KeysView;
  task: Task;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks for the name once more: what follows cannot be undone by anybody. */
export function DestroyDialog({ name, month, keys, task, onConfirm, onClose }: Props) {
  const { t } = useLingui();
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const fits = typed.trim() === name;
  const hours = keys.shred_grace_hours;
  const handleSubmit = () => {
    setTried(true);
    if (fits) onConfirm();
  };
  return (
    <Dialog
      title={t`Destroy the keys of ${name}?`}
      hint={
        month === undefined
          ? t`Everything that was ever written there.`
          : t`Everything that was written there in ${month}.`
      }
      onClose={onClose}
      onSubmit={handleSubmit}
      foot={
        <>
          <Button variant="ghost" onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="danger" busy={task.busy}>
            <Trans>Destroy keys</Trans>
          </Button>
        </>
      }
    >
      <Fault error={task.error} />
      <Notice tone="warn" title={t`No backup brings it back`}>
        <Plural
          value={hours}
          one="It begins in # hour; until then anybody who administers the server can give it up."
          other="It begins in # hours; until then anybody who administers the server can give it up."
        />{' '}
        {keys.shred_needs_approval && <Trans>A second administrator has to approve it.</Trans>}
      </Notice>
      <Field
        label={t`Type “${name}” to confirm`}
        value={typed}
        onChange={setTyped}
        error={tried && !fits ? t`This is not the name.` : undefined}
        autoComplete="off"
        spellCheck="false"
        autoFocus
      />
    </Dialog>
  );
}
