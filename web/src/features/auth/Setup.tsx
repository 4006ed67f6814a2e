import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';
import { completeSetup } from '../../api/auth';
import { type ApiError, asApiError } from '../../api/problem';
import type { Joined } from '../../api/types';
import { withWords } from '../../i18n';
import { AuthLayout, type Step } from './AuthLayout';
import { emptyAccount, fieldOf, toNewAccount } from './account';
import { InviteStep, OwnerStep, WorkspaceStep } from './SetupSteps';

const KitStep = lazy(() => withWords('admin', import('../kit')).then((m) => ({ default: m.KitStep })));

type Props = { code: string; leastPassword: number; onDone: (joined: Joined) => void };

const OWNER = 0;
const WORKSPACE = 1;
const KIT = 2;
const INVITE = 3;

/** Owner, workspace, recovery kit, invitation. Account and workspace are made together, at the end of step two. */
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
    { id: 'kit', name: t`Recovery kit`, hint: t`For the day the key is lost` },
    { id: 'invite', name: t`Invite people`, hint: t`With one link` },
  ];
  const create = async () => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      setJoined(await completeSetup(code.trim(), toNewAccount(form), workspace.trim()));
      setAt(KIT);
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
      {at === KIT && (
        <Suspense>
          <KitStep onDone={() => setAt(INVITE)} />
        </Suspense>
      )}
      {at === INVITE && joined && <InviteStep joined={joined} onDone={() => onDone(joined)} />}
    </AuthLayout>
  );
}
