import { Trans, useLingui } from '@lingui/react/macro';
import { Lock, Mail } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { login } from '../../api/auth';
import { errorText } from '../../api/errors';
import { type ApiError, asApiError } from '../../api/problem';
import type { AccountView } from '../../api/types';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/display';
import { Field, PasswordField } from '../../ui/Field';
import { AuthLayout, House } from './AuthLayout';
import css from './auth.module.css';

type Props = { onSignedIn: (account: AccountView) => void; expired?: boolean };

export function SignIn({ onSignedIn, expired = false }: Props) {
  const { t } = useLingui();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || name.trim() === '' || password === '') return;
    setBusy(true);
    setError(undefined);
    try {
      const { account } = await login(name.trim(), password);
      onSignedIn(account);
    } catch (cause) {
      setError(asApiError(cause));
      setBusy(false);
    }
  };
  return (
    <AuthLayout
      side={
        <House name="PlexiChat">
          <Trans>Your team’s own chat. Messages stay on this server.</Trans>
        </House>
      }
    >
      <header>
        <h1>
          <Trans>Sign in</Trans>
        </h1>
        <p>
          <Trans>Welcome back. Pick up where you left off.</Trans>
        </p>
      </header>
      {error ? (
        <Notice tone="danger" title={t`You are not signed in`}>
          {errorText(error)}
        </Notice>
      ) : (
        expired && (
          <Notice tone="warn" title={t`Your session has ended`}>
            <Trans>Sign in again. What you had not sent yet is kept and goes out afterwards.</Trans>
          </Notice>
        )
      )}
      <form className={css.stack} onSubmit={handleSubmit} noValidate>
        <Field
          label={t`Email or username`}
          name="username"
          value={name}
          onChange={setName}
          error={tried && name.trim() === '' ? t`Enter your email or username.` : undefined}
          autoComplete="username"
          spellCheck="false"
          icon={Mail}
          autoFocus
        />
        <PasswordField
          label={t`Password`}
          name="password"
          value={password}
          onChange={setPassword}
          error={tried && password === '' ? t`Enter your password.` : undefined}
          autoComplete="current-password"
          icon={Lock}
        />
        <Button type="submit" variant="primary" size="l" wide busy={busy}>
          {busy ? t`Signing in…` : t`Sign in`}
        </Button>
      </form>
      <p className={css.fine}>
        <Trans>
          New here? Accounts are by invitation: ask a colleague for a link. Forgot your password? An administrator can
          give you a one-time link for a new one.
        </Trans>
      </p>
    </AuthLayout>
  );
}
