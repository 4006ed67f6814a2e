import { Trans, useLingui } from '@lingui/react/macro';
import { Hash, LinkIcon } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { acceptInvitation, previewInvitation } from '../../api/auth';
import { errorText } from '../../api/errors';
import { type ApiError, asApiError } from '../../api/problem';
import type { InvitationPreview, Joined } from '../../api/types';
import { useFormat } from '../../i18n/format';
import { Link } from '../../lib/router';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Empty, Notice, Pill, Skeleton } from '../../ui/display';
import { AccountFields } from './AccountFields';
import { AuthLayout, House } from './AuthLayout';
import { type AccountField, emptyAccount, faultsOf, toNewAccount } from './account';
import css from './auth.module.css';

type Props = {
  code: string;
  leastPassword: number;
  signedInAs: string | undefined;
  onJoined: (joined: Joined) => void;
};

/** Who invites, to where, until when; then the account, or one press for who is signed in already. */
export function Invite({ code, leastPassword, signedInAs, onJoined }: Props) {
  const { t } = useLingui();
  const [preview, setPreview] = useState<InvitationPreview | undefined>();
  const [error, setError] = useState<ApiError | undefined>();
  useEffect(() => {
    let shown = true;
    previewInvitation(code)
      .then((found) => shown && setPreview(found))
      .catch((cause: unknown) => shown && setError(asApiError(cause)));
    return () => {
      shown = false;
    };
  }, [code]);
  if (error)
    return (
      <AuthLayout side={<House name="PlexiChat" />}>
        <Empty icon={LinkIcon} title={t`This link does not open anything`} level={1}>
          {errorText(error)}
        </Empty>
      </AuthLayout>
    );
  if (!preview)
    return (
      <AuthLayout side={<House name="PlexiChat" />}>
        <h1 className="sr">{t`Invitation`}</h1>
        <Skeleton label={t`Loading the invitation`} />
      </AuthLayout>
    );
  return (
    <AuthLayout
      side={
        <House name={preview.workspace_name}>
          <Trans>You are invited.</Trans>
        </House>
      }
    >
      <Greeting preview={preview} />
      <Accept code={code} leastPassword={leastPassword} signedInAs={signedInAs} preview={preview} onJoined={onJoined} />
    </AuthLayout>
  );
}

function Greeting({ preview }: { preview: InvitationPreview }) {
  const { t } = useLingui();
  const until = useFormat().date(Date.parse(preview.expires_at));
  const workspace = preview.workspace_name;
  const inviter = preview.invited_by;
  const role = {
    owner: t`You join as an owner`,
    admin: t`You join as an admin`,
    member: t`You join as a member`,
    guest: t`You join as a guest`,
  }[preview.role];
  return (
    <>
      <header>
        <h1>
          <Trans>Join {workspace}</Trans>
        </h1>
        <p>
          <Trans>The invitation is valid until {until}.</Trans>
        </p>
      </header>
      <div className={css.who}>
        <Avatar id={inviter} name={inviter} size={44} />
        <div>
          <strong>
            <Trans>{inviter} invited you</Trans>
          </strong>
          <small>
            {role}
            {preview.channels.length > 0 && <Trans>, in these channels:</Trans>}
          </small>
          {preview.channels.length > 0 && (
            <div className={css.chips}>
              {preview.channels.map((name) => (
                <Pill key={name} icon={Hash}>
                  {name}
                </Pill>
              ))}
            </div>
          )}
        </div>
      </div>
    </>
  );
}

function Accept({ code, leastPassword, signedInAs, preview, onJoined }: Props & { preview: InvitationPreview }) {
  const { t } = useLingui();
  const [form, setForm] = useState(emptyAccount);
  const [faults, setFaults] = useState<readonly AccountField[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const workspace = preview.workspace_name;
  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    const found = signedInAs ? [] : faultsOf(form, leastPassword);
    setFaults(found);
    if (busy || found.length > 0) return;
    setBusy(true);
    setError(undefined);
    try {
      onJoined(await acceptInvitation(code, signedInAs ? undefined : toNewAccount(form)));
    } catch (cause) {
      setError(asApiError(cause));
      setBusy(false);
    }
  };
  return (
    <form className={css.section} onSubmit={handleSubmit} noValidate>
      {error && (
        <Notice tone="danger" title={t`You have not joined yet`}>
          {errorText(error)}
        </Notice>
      )}
      {signedInAs ? (
        <p>
          <Trans>You join as {signedInAs}, the account you are signed in with.</Trans>
        </p>
      ) : (
        <AccountFields
          form={form}
          onChange={setForm}
          faults={faults}
          error={error}
          leastPassword={leastPassword}
          withEmail={false}
        />
      )}
      <Button type="submit" variant="primary" size="l" wide busy={busy}>
        {busy ? t`Joining…` : t`Join ${workspace}`}
      </Button>
      {!signedInAs && (
        <p className={css.fine}>
          <Trans>
            You have an account here? <Link to={{ name: 'sign-in' }}>Sign in</Link> and open the link again.
          </Trans>
        </p>
      )}
    </form>
  );
}
