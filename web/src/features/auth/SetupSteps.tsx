import { Trans, useLingui } from '@lingui/react/macro';
import { KeyRound } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { errorText } from '../../api/errors';
import type { ApiError } from '../../api/problem';
import type { Joined } from '../../api/types';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';

import { AccountFields } from './AccountFields';
import { type AccountField, type AccountForm, faultsOf } from './account';
import css from './auth.module.css';

const InviteLink = lazy(() => import('../people').then((m) => ({ default: m.InviteLink })));

function Failure({ error }: { error: ApiError | undefined }) {
  const { t } = useLingui();
  if (!error) return null;
  return (
    <Notice tone="danger" title={t`The set-up is not complete`}>
      {errorText(error)}
    </Notice>
  );
}

type OwnerProps = {
  code: string;
  onCode: (code: string) => void;
  form: AccountForm;
  onForm: (form: AccountForm) => void;
  leastPassword: number;
  error: ApiError | undefined;
  onNext: () => void;
};

export function OwnerStep({ code, onCode, form, onForm, leastPassword, error, onNext }: OwnerProps) {
  const { t } = useLingui();
  const [faults, setFaults] = useState<readonly AccountField[]>([]);
  const [tried, setTried] = useState(false);
  const codeMissing = tried && code.trim() === '';
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const found = faultsOf(form, leastPassword);
    setFaults(found);
    if (found.length === 0 && code.trim() !== '') onNext();
  };
  return (
    <form className={css.section} onSubmit={handleSubmit} noValidate>
      <header>
        <h1>
          <Trans>Set up your server</Trans>
        </h1>
        <p>
          <Trans>You are the first person here. This account owns the server and can hand that on later.</Trans>
        </p>
      </header>
      <Failure error={error} />
      <Field
        label={t`Set-up code`}
        value={code}
        onChange={onCode}
        mono
        icon={KeyRound}
        autoComplete="off"
        spellCheck="false"
        hint={t`Part of the link the server printed when it started. It works once.`}
        error={codeMissing ? t`Open the link from the terminal, or copy the code after its “#”.` : undefined}
      />
      <AccountFields
        form={form}
        onChange={onForm}
        faults={faults}
        error={error}
        leastPassword={leastPassword}
        withEmail
      />
      <Button type="submit" variant="primary" size="l" wide>
        <Trans>Continue</Trans>
      </Button>
    </form>
  );
}

type WorkspaceProps = {
  name: string;
  onName: (name: string) => void;
  busy: boolean;
  error: ApiError | undefined;
  onBack: () => void;
  onNext: () => void;
};

export function WorkspaceStep({ name, onName, busy, error, onBack, onNext }: WorkspaceProps) {
  const { t } = useLingui();
  const [tried, setTried] = useState(false);
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '') onNext();
  };
  return (
    <form className={css.section} onSubmit={handleSubmit} noValidate>
      <header>
        <h1>
          <Trans>Name your workspace</Trans>
        </h1>
        <p>
          <Trans>This is what people see in the sidebar and in their invitation. You can change it later.</Trans>
        </p>
      </header>
      <Failure error={error} />
      <Field
        label={t`Workspace name`}
        value={name}
        onChange={onName}
        maxLength={80}
        autoFocus
        placeholder={t`Your company, team or club`}
        error={tried && name.trim() === '' ? t`Give it a name.` : undefined}
      />
      <div className={css.actions}>
        <Button variant="ghost" size="l" onPress={onBack}>
          <Trans>Back</Trans>
        </Button>
        <Button type="submit" variant="primary" size="l" busy={busy}>
          {busy ? t`Creating…` : t`Create workspace`}
        </Button>
      </div>
    </form>
  );
}

export function InviteStep({ joined, onDone }: { joined: Joined; onDone: () => void }) {
  const name = joined.workspace.name;
  return (
    <div className={css.section}>
      <header>
        <h1>
          <Trans>Bring your team in</Trans>
        </h1>
        <p>
          <Trans>Send this link to your colleagues. You can make others at any time.</Trans>
        </p>
      </header>
      <Suspense>
        <InviteLink workspaceId={joined.workspace.id} />
      </Suspense>
      <Button variant="primary" size="l" wide onPress={onDone}>
        <Trans>Open {name}</Trans>
      </Button>
    </div>
  );
}
