import { Trans, useLingui } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { AccountView, ChannelState, NotifyLevel } from '../../../api/types';
import { entities } from '../../../entities/entities';
import { sameList, useAll, useWorkspace, useWorkspaces } from '../../../entities/hooks';
import { useTitle } from '../../../entities/useTitle';
import { Card, Row, Rows } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { Field } from '../../../ui/Field';
import { Select } from '../../../ui/Select';
import { changeNotify, Sign } from '../../channels';
import { PageHead } from '../Frame';
import css from '../settings.module.css';
import { DeviceCard } from './DeviceCard';

const SEARCH_FROM = 8;
/** With more channels than this, the rest is found by typing. */
const MOST_SHOWN = 100;

const byName = (a: ChannelState, b: ChannelState) =>
  Number(a.channel.workspace_id === undefined) - Number(b.channel.workspace_id === undefined) ||
  a.channel.name.localeCompare(b.channel.name);

/** What tells the person about news: on this device, and in each channel. */
export function Notifications(_: { me: AccountView }) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [failed, setFailed] = useState('');
  const all = useAll(entities.state.channels, (rows) => rows.filter((c) => !c.channel.archived), sameList);
  const wanted = query.trim().toLocaleLowerCase();
  const shown = [...all].sort(byName).filter((channel) => nameFor(channel).includes(wanted));
  const handleLevel = async (channel: ChannelState, level: NotifyLevel) => {
    setFailed('');
    try {
      await changeNotify(channel, level);
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
    }
  };
  return (
    <>
      <PageHead title={t`Notifications`} hint={t`Quiet unless you want it otherwise.`} />
      <DeviceCard />
      <Card title={t`Channels and conversations`} hint={t`The same on all your devices.`}>
        {failed !== '' && <Notice tone="danger" title={failed} />}
        {all.length > SEARCH_FROM && (
          <Field label={t`Find a channel`} value={query} onChange={setQuery} icon={Search} />
        )}
        {shown.length === 0 && (
          <p className={css.quiet}>
            <Trans>No channel by that name.</Trans>
          </p>
        )}
        <Rows label={t`Channels and conversations`}>
          {shown.slice(0, MOST_SHOWN).map((channel) => (
            <ChannelLevel
              key={channel.channel.id}
              channel={channel}
              onLevel={(level) => void handleLevel(channel, level)}
            />
          ))}
        </Rows>
        {shown.length > MOST_SHOWN && (
          <p className={css.quiet}>
            <Trans>Type to find the others.</Trans>
          </p>
        )}
      </Card>
    </>
  );
}

/** What a channel can be found by: its name, or those of the people in it. */
function nameFor(channel: ChannelState): string {
  const people = (channel.channel.participants ?? []).map((id) => entities.state.users.get(id)?.display_name ?? '');
  return [channel.channel.name, ...people].join(' ').toLocaleLowerCase();
}

type LevelProps = { channel: ChannelState; onLevel: (level: NotifyLevel) => void };

function ChannelLevel({ channel, onLevel }: LevelProps) {
  const { t } = useLingui();
  const title = useTitle(channel).text;
  const workspace = useWorkspace(channel.channel.workspace_id ?? '')?.workspace.name;
  const several = useWorkspaces().length > 1;
  // The level is shown as chosen at once; the answer of the server confirms or takes it back.
  const [level, setLevel] = useState(channel.notify);
  useEffect(() => setLevel(channel.notify), [channel.notify]);
  return (
    <li>
      <Row
        lead={
          <span className={css.sign}>
            <Sign channel={channel} name={title} />
          </span>
        }
        title={<bdi>{title}</bdi>}
        hint={several && workspace}
      >
        <div className={css.levelSelect}>
          <Select
            label={t`Tell me about ${title}`}
            hideLabel
            value={level}
            onChange={(id) => {
              setLevel(id as NotifyLevel);
              onLevel(id as NotifyLevel);
            }}
            items={[
              { id: 'all', name: t`Every message` },
              { id: 'mentions', name: t`Mentions only` },
              { id: 'muted', name: t`Nothing` },
            ]}
          />
        </div>
      </Row>
    </li>
  );
}
