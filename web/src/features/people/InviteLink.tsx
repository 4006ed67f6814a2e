import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Check, Copy, Link2 } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { CreatedInvitation, Id, Role } from '../../api/types';
import { createInvitation } from '../../api/workspaces';
import { useFormat } from '../../i18n/format';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';
import { Select } from '../../ui/Select';
import css from './people.module.css';

const HOURS = ['24', '168', '720'];
const USES = ['1', '25', '100'];

/** Makes an invitation link: for whom, how often, how long. The code is shown once and never again. */
export function InviteLink({ workspaceId }: { workspaceId: Id }) {
  const { t } = useLingui();
  const format = useFormat();
  const [role, setRole] = useState<Role>('member');
  const [uses, setUses] = useState('25');
  const [hours, setHours] = useState('168');
  const [made, setMade] = useState<CreatedInvitation | undefined>();
  const [copied, setCopied] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const link = made ? `${location.origin}${made.path}` : '';
  const hourNames = [t`One day`, t`One week`, t`30 days`];
  const useNames = [t`One person`, t`25 people`, t`100 people`];
  const handleMake = async () => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      setMade(await createInvitation(workspaceId, { role, max_uses: Number(uses), expires_in_hours: Number(hours) }));
      setCopied(false);
    } catch (cause) {
      setError(errorText(asApiError(cause)));
    }
    setBusy(false);
  };
  const handleCopy = () => void navigator.clipboard.writeText(link).then(() => setCopied(true));
  if (made) {
    const people = made.invitation.max_uses;
    const until = format.date(Date.parse(made.invitation.expires_at));
    return (
      <div className={css.made}>
        <div className={css.linkRow}>
          <Field label={t`Invitation link`} value={link} isReadOnly mono icon={Link2} />
          <Button variant="primary" icon={copied ? Check : Copy} onPress={handleCopy}>
            {copied ? t`Copied` : t`Copy`}
          </Button>
        </div>
        <p className={css.fine} role="status">
          <Plural
            value={people}
            one={<Trans>The link is for one person, until {until}.</Trans>}
            other={<Trans>The link is for # people, until {until}.</Trans>}
          />{' '}
          <Trans>Whoever has the link can join, so send it only to them. It is not shown again.</Trans>
        </p>
      </div>
    );
  }
  return (
    <div className={css.made}>
      {error !== '' && <Notice tone="danger" title={error} />}
      <div className={css.three}>
        <Select
          label={t`Role`}
          value={role}
          onChange={(id) => setRole(id as Role)}
          items={[
            { id: 'member', name: t`Member` },
            { id: 'guest', name: t`Guest` },
            { id: 'admin', name: t`Admin` },
          ]}
        />
        <Select
          label={t`Good for`}
          value={uses}
          onChange={setUses}
          items={USES.map((id, i) => ({ id, name: useNames[i] ?? id }))}
        />
        <Select
          label={t`Ends after`}
          value={hours}
          onChange={setHours}
          items={HOURS.map((id, i) => ({ id, name: hourNames[i] ?? id }))}
        />
      </div>
      <Button icon={Link2} onPress={handleMake} busy={busy}>
        {busy ? t`Making the link…` : t`Make a link`}
      </Button>
    </div>
  );
}
