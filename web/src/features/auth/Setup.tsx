import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { completeSetup } from '../../api/auth';
import { type ApiError, asApiError } from '../../api/problem';
import type { Joined } from '../../api/types';
import { AuthLayout, type Step } from './AuthLayout';
import { emptyAccount, fieldOf, toNewAccount } from './account';
import { InviteStep, OwnerStep, WorkspaceStep } from './SetupSteps';

type Props = { code: string; leastPassword: number; onDone: (joined: Joined) => void };

const OWNER = 0;
const WORKSPACE = 1;
const INVITE = 2;

/** Owner, workspace, invitation. Account and workspace are made together, at the end of step two. */
export function Setup({ code: given, leastPassword, onDone }: Props) {
  const { t } = useLingui();
  const [at, setAt] = useState(OWNER);
  const [code, setCode] = useState(given);
  const [form, setForm] = useState(emptyAccount);
  const [workspace, setWorkspace] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const [joined, setJoined] = useState<Joined | undefined>();
  const steps: Step[] = [
    { id: 'owner', name: t`Your account`, hint: t`The owner of this server` },
    { id: 'workspace', name: t`Your workspace`, hint: t`Where your team meets` },
    { id: 'invite', name: t`Invite people`, hint: t`With one link` },
  ];
  const create = async () => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      setJoined(await completeSetup(code.trim(), toNewAccount(form), workspace.trim()));
      setAt(INVITE);
    } catch (cause) {
      const failed = asApiError(cause);
      setError(failed);
      const ownersFault = fieldOf(failed.problem.field) !== undefined || failed.code === 'password_too_weak';
      if (ownersFault || failed.code === 'setup_link_invalid') setAt(OWNER);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AuthLayout steps={steps} at={at}>
      {at === OWNER && (
        <OwnerStep
          code={code}
          onCode={setCode}
          form={form}
          onForm={setForm}
          leastPassword={leastPassword}
          error={error}
          onNext={() => setAt(WORKSPACE)}
        />
      )}
      {at === WORKSPACE && (
        <WorkspaceStep
          name={workspace}
          onName={setWorkspace}
          busy={busy}
          error={error}
          onBack={() => setAt(OWNER)}
          onNext={create}
        />
      )}
      {at === INVITE && joined && <InviteStep joined={joined} onDone={() => onDone(joined)} />}
    </AuthLayout>
  );
}
