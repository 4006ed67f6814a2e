import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { ChannelState, NotifyLevel } from '../../../api/types';
import { usePerson } from '../../../entities/usePerson';
import { useFormat } from '../../../i18n/format';
import { Card } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { RadioCards } from '../../../ui/RadioCards';
import { changeNotify } from '../../channels';
import { PageHead } from '../Frame';
import css from '../settings.module.css';
import { EndCard } from './EndCard';
import { NameCard } from './NameCard';

export function About({ state }: { state: ChannelState }) {
  const { t } = useLingui();
  const format = useFormat();
  const { channel, permissions } = state;
  const { name } = channel;
  const maker = usePerson(channel.created_by).name;
  const made = format.date(Date.parse(channel.created_at));
  const kind = {
    public: t`Everyone in the workspace can find and join it.`,
    private: t`Only people who are added can find and read it.`,
    announcement: t`Administrators write, everybody reads.`,
    direct: '',
    group: '',
  }[channel.kind];
  return (
    <>
      <PageHead title={t`About #${name}`} hint={kind} />
      {channel.archived && <Notice tone="warn" title={t`This channel is archived and read-only.`} />}
      {permissions.includes('edit_channel') && !channel.archived ? (
        <NameCard channel={channel} />
      ) : (
        <Card title={t`Topic`} hint={channel.topic === '' ? t`No topic yet.` : channel.topic} />
      )}
      <LevelCard state={state} />
      <Card title={t`Facts`}>
        <dl className={css.facts}>
          <dt>{t`Made by`}</dt>
          <dd>
            <bdi>{maker}</bdi>
          </dd>
          <dt>{t`Made on`}</dt>
          <dd>{made}</dd>
        </dl>
      </Card>
      <EndCard state={state} />
    </>
  );
}

function LevelCard({ state }: { state: ChannelState }) {
  const { t } = useLingui();
  const [failed, setFailed] = useState('');
  const handleLevel = async (level: NotifyLevel) => {
    setFailed('');
    try {
      await changeNotify(state, level);
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
    }
  };
  return (
    <Card title={t`Tell me about`} hint={t`Only for you, on all your devices.`}>
      {failed !== '' && <Notice tone="danger" title={failed} />}
      <RadioCards
        label={t`Tell me about`}
        value={state.notify}
        onChange={(id) => void handleLevel(id as NotifyLevel)}
        items={[
          { id: 'all', name: t`Every message` },
          { id: 'mentions', name: t`Mentions only` },
          { id: 'muted', name: t`Nothing`, hint: t`It is also never bold in the sidebar.` },
        ]}
      />
    </Card>
  );
}
