import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { changePassword, getSetup } from '../../../api/auth';
import { errorText } from '../../../api/errors';
import type { ApiError } from '../../../api/problem';
import type { AccountView } from '../../../api/types';
import { Card } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { PasswordField } from '../../../ui/Field';
import { Strength } from '../../../ui/Strength';
import { SaveFoot } from '../SaveFoot';
import css from '../settings.module.css';
import { useTask } from '../useTask';

/** Until the server has said otherwise. */
const LEAST = 8;

function useLeastPassword(): number {
  const [least, setLeast] = useState(LEAST);
  useEffect(() => {
    getSetup()
      .then((facts) => setLeast(facts.min_password_chars))
      .catch(() => undefined);
  }, []);
  return least;
}

/** Which field a refusal is about. */
function fieldOf(error: ApiError | undefined): 'current' | 'new' | undefined {
  if (error?.problem.field === 'current' || error?.code === 'invalid_credentials') return 'current';
  return error?.problem.field === 'new' || error?.code === 'password_too_weak' ? 'new' : undefined;
}

export function PasswordCard({ me }: { me: AccountView }) {
  const { t } = useLingui();
  const least = useLeastPassword();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tried, setTried] = useState(false);
  const [saved, setSaved] = useState(false);
  const task = useTask();
  const field = fieldOf(task.error);
  const short = Array.from(next).length < least;
  const currentFault = () => {
    if (tried && current === '') return t`Enter your present password.`;
    if (field !== 'current' || !task.error) return undefined;
    return task.error.code === 'invalid_credentials' ? t`This is not your present password.` : errorText(task.error);
  };
  const newFault = () => {
    if (tried && short) return t`At least ${least} characters.`;
    return field === 'new' && task.error ? errorText(task.error) : undefined;
  };
  const handleSave = async () => {
    setTried(true);
    setSaved(false);
    if (current === '' || short) return;
    const done = await task.run(async () => {
      await changePassword(current, next);
    });
    if (!done) return;
    setSaved(true);
    setTried(false);
    setCurrent('');
    setNext('');
  };
  return (
    <Card
      title={t`Password`}
      hint={t`Changing it signs you out on all other devices.`}
      onSubmit={() => void handleSave()}
      foot={
        <SaveFoot
          done={saved && <Trans>Your password is changed</Trans>}
          busy={task.busy}
          action={<Trans>Change password</Trans>}
        />
      }
    >
      {task.error && !field && <Notice tone="danger" title={errorText(task.error)} />}
      {/* Password managers file what is saved under this name. */}
      <input className="sr" type="text" value={me.handle} autoComplete="username" readOnly tabIndex={-1} aria-hidden />
      <div className={css.two}>
        <PasswordField
          label={t`Present password`}
          value={current}
          onChange={setCurrent}
          error={currentFault()}
          autoComplete="current-password"
        />
        <PasswordField
          label={t`New password`}
          value={next}
          onChange={setNext}
          error={newFault()}
          autoComplete="new-password"
        />
      </div>
      {next !== '' && <Strength password={next} least={least} />}
    </Card>
  );
}
