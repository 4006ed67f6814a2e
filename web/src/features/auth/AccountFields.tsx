import { useLingui } from '@lingui/react/macro';
import { Mail, UserRound } from 'lucide-react';
import { errorText } from '../../api/errors';
import type { ApiError } from '../../api/problem';
import { Field, PasswordField } from '../../ui/Field';
import { Strength } from '../../ui/Strength';
import { type AccountField, type AccountForm, faultsOf, fieldOf, handleOf } from './account';
import css from './auth.module.css';

type Props = {
  form: AccountForm;
  onChange: (form: AccountForm) => void;
  faults: readonly AccountField[];
  error: ApiError | undefined;
  leastPassword: number;
  withEmail: boolean;
};

export function AccountFields({ form, onChange, faults, error, leastPassword, withEmail }: Props) {
  const { t } = useLingui();
  const local: Record<AccountField, string> = {
    name: t`Tell people your name.`,
    handle: t`2 to 32 characters: letters a–z, digits, dot, dash, underscore.`,
    email: t`This address is not complete.`,
    password: t`At least ${leastPassword} characters.`,
  };
  const told =
    fieldOf(error?.problem.field) ??
    (error?.code === 'name_taken' ? 'handle' : error?.code === 'password_too_weak' ? 'password' : undefined);
  const still = faultsOf(form, leastPassword);
  const fault = (field: AccountField) => {
    // What was wrong at the last try is told only until it is mended.
    if (faults.includes(field) && still.includes(field)) return local[field];
    return error && told === field ? errorText(error) : undefined;
  };
  const handleName = (name: string) => {
    const follows = form.handle === '' || form.handle === handleOf(form.name);
    onChange({ ...form, name, ...(follows ? { handle: handleOf(name) } : {}) });
  };
  return (
    <div className={css.stack}>
      <div className={css.two}>
        <Field
          label={t`Your name`}
          name="name"
          value={form.name}
          onChange={handleName}
          error={fault('name')}
          icon={UserRound}
          autoComplete="name"
          maxLength={80}
          isRequired
        />
        <Field
          label={t`Username`}
          name="username"
          prefix="@"
          value={form.handle}
          onChange={(handle) => onChange({ ...form, handle: handle.toLowerCase() })}
          error={fault('handle')}
          autoComplete="username"
          maxLength={32}
          spellCheck="false"
          isRequired
        />
      </div>
      {withEmail && (
        <Field
          label={t`Email (optional)`}
          name="email"
          type="email"
          value={form.email}
          onChange={(email) => onChange({ ...form, email })}
          error={fault('email')}
          icon={Mail}
          autoComplete="email"
        />
      )}
      <PasswordField
        label={t`Password`}
        name="password"
        value={form.password}
        onChange={(password) => onChange({ ...form, password })}
        error={fault('password')}
        autoComplete="new-password"
        isRequired
      />
      <Strength password={form.password} least={leastPassword} />
    </div>
  );
}
