import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link2 } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { CreatedInvitation, Id, Role } from '../../api/types';
import { createInvitation } from '../../api/workspaces';
import { useFormat } from '../../i18n/format';
import { Button } from '../../ui/Button';
import { CopyField } from '../../ui/CopyField';
import { Notice } from '../../ui/display';
import { Select } from '../../ui/Select';
import { ChannelChoice } from './ChannelChoice';
import css from './people.module.css';

const HOURS = ['24', '168', '720'];
const USES = ['1', '25', '100'];

/** Makes an invitation link: for whom, how often, how long. The code is shown once and never again. */
export function InviteLink({ workspaceId, onMade }: { workspaceId: Id; onMade?: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const [role, setRole] = useState<Role>('member');
  const [uses, setUses] = useState('25');
  const [hours, setHours] = useState('168');
  const [made, setMade] = useState<CreatedInvitation | undefined>();
  const [channelIds, setChannelIds] = useState<readonly Id[]>([]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const link = made ? `${location.origin}${made.path}` : '';
  const hourNames = [t`One day`, t`One week`, t`30 days`];
  const useNames = [t`One person`, t`25 people`, t`100 people`];
  const handleMake = async () => {
    setTried(true);
    if (busy || (role === 'guest' && channelIds.length === 0)) return;
    setBusy(true);
    setError('');
    try {
      const channel_ids = role === 'guest' ? [...channelIds] : [];
      const [max_uses, expires_in_hours] = [Number(uses), Number(hours)];
      setMade(await createInvitation(workspaceId, { role, max_uses, expires_in_hours, channel_ids }));
      onMade?.();
    } catch (cause) {
      setError(errorText(asApiError(cause)));
    }
    setBusy(false);
  };
  if (made) {
    const people = made.invitation.max_uses;
    const until = format.date(Date.parse(made.invitation.expires_at));
    return (
      <div className={css.made}>
        <CopyField label={t`Invitation link`} value={link} />
        <p className={css.fine} role="status">
          <Plural
            value={people}
            one={<Trans>The link is for one person, until {until}.</Trans>}
            other={<Trans>The link is for # people, until {until}.</Trans>}
          />{' '}
          <Trans>Whoever has the link can join, so send it only to them. It is not shown again.</Trans>
        </p>
        <Button variant="ghost" size="s" icon={Link2} onPress={() => setMade(undefined)}>
          <Trans>Make another link</Trans>
        </Button>
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
      {role === 'guest' && (
        <ChannelChoice
          workspaceId={workspaceId}
          chosen={channelIds}
          onChange={setChannelIds}
          error={tried && channelIds.length === 0 ? t`Choose at least one: a guest sees only these.` : undefined}
        />
      )}
      <Button icon={Link2} onPress={handleMake} busy={busy}>
        {busy ? t`Making the link…` : t`Make a link`}
      </Button>
    </div>
  );
}
