import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useState } from 'react';
import { resetPassword } from '../../api/auth';
import { errorText } from '../../api/errors';
import { type ApiError, asApiError } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/display';
import { PasswordField } from '../../ui/Field';
import { Strength } from '../../ui/Strength';
import { toast } from '../../ui/toasts';
import { AuthLayout, House } from './AuthLayout';
import css from './auth.module.css';

/** A new password by a one-time link. All sessions end with it, so the way on is to sign in. */
export function Reset({ code, leastPassword, onDone }: { code: string; leastPassword: number; onDone: () => void }) {
  const { t } = useLingui();
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const short = Array.from(password).length < leastPassword;
  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || short) return;
    setBusy(true);
    setError(undefined);
    try {
      await resetPassword(code, password);
      toast(t`Your password is changed. Sign in with it.`, 'success');
      onDone();
    } catch (cause) {
      setError(asApiError(cause));
      setBusy(false);
    }
  };
  return (
    <AuthLayout side={<House name="PlexiChat" />}>
      <form className={css.section} onSubmit={handleSubmit} noValidate>
        <header>
          <h1>
            <Trans>Choose a new password</Trans>
          </h1>
          <p>
            <Trans>You are then signed out everywhere and sign in again with it.</Trans>
          </p>
        </header>
        {error && (
          <Notice tone="danger" title={t`Your password is not changed`}>
            {errorText(error)}
          </Notice>
        )}
        <PasswordField
          label={t`New password`}
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          error={tried && short ? t`At least ${leastPassword} characters.` : undefined}
          autoFocus
        />
        <Strength password={password} least={leastPassword} />
        <Button type="submit" variant="primary" size="l" wide busy={busy}>
          <Trans>Change password</Trans>
        </Button>
      </form>
    </AuthLayout>
  );
}
