import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Monitor, Smartphone, Terminal } from 'lucide-react';
import { useEffect, useState } from 'react';
import { listSessions, revokeOtherSessions, revokeSession } from '../../../api/auth';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { Id, SessionView } from '../../../api/types';
import { entities } from '../../../entities/entities';
import { useFormat } from '../../../i18n/format';
import { Button } from '../../../ui/Button';
import { Card, Row } from '../../../ui/Card';
import { Notice, Pill } from '../../../ui/display';
import { List } from '../List';
import { usePages } from '../usePages';

/** The one in front of the person first, then the one used last. */
const inOrder = (items: readonly SessionView[]): SessionView[] =>
  [...items].sort(
    (a, b) => Number(b.current) - Number(a.current) || Date.parse(b.last_seen_at) - Date.parse(a.last_seen_at),
  );

const load = async () => ({ items: inOrder((await listSessions()).items) });

function iconOf(device: string) {
  if (/android|ios|iphone|ipad/i.test(device)) return Smartphone;
  return /chrome|firefox|safari|edge|browser/i.test(device) ? Monitor : Terminal;
}

/** Where the account is signed in. Each can be ended from here. */
export function SessionsCard() {
  const { t } = useLingui();
  const pages = usePages(load);
  const [failed, setFailed] = useState('');
  const { reload } = pages;
  useEffect(
    () =>
      entities.onChange((change) => {
        if (change.type === 'session_revoked') reload();
      }),
    [reload],
  );
  const end = async (work: () => Promise<unknown>, stays: (session: SessionView) => boolean) => {
    setFailed('');
    try {
      await work();
      pages.patch((items) => items.filter(stays));
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
    }
  };
  const others = (pages.items ?? []).filter((session) => !session.current).length;
  return (
    <Card
      title={t`Devices`}
      hint={
        pages.items === undefined ? undefined : others > 0 ? (
          <Plural
            value={others}
            one="Besides this one, # other device is signed in."
            other="Besides this one, # other devices are signed in."
          />
        ) : (
          <Trans>Only this device is signed in.</Trans>
        )
      }
      action={
        others > 0 && (
          <Button size="s" variant="danger" onPress={() => void end(revokeOtherSessions, (session) => session.current)}>
            <Trans>Sign out everywhere else</Trans>
          </Button>
        )
      }
    >
      {failed !== '' && <Notice tone="danger" title={failed} />}
      <List
        label={t`Devices`}
        pages={pages}
        none={t`No device.`}
        keyOf={(session) => session.id}
        row={(session) => (
          <Device
            session={session}
            onEnd={(id) =>
              void end(
                () => revokeSession(id),
                (other) => other.id !== id,
              )
            }
          />
        )}
      />
    </Card>
  );
}

function Device({ session, onEnd }: { session: SessionView; onEnd: (id: Id) => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const name = session.device_name === '' ? t`Unnamed device` : session.device_name;
  const seen = format.ago(Date.parse(session.last_seen_at));
  const since = format.date(Date.parse(session.created_at));
  return (
    <Row
      icon={iconOf(session.device_name)}
      title={
        <>
          <bdi>{name}</bdi>
          {session.current && (
            <Pill tone="accent">
              <Trans>This device</Trans>
            </Pill>
          )}
        </>
      }
      hint={
        session.current ? (
          <Trans>Signed in since {since}</Trans>
        ) : (
          <Trans>
            Last used {seen}, signed in since {since}
          </Trans>
        )
      }
    >
      {!session.current && (
        <Button size="s" onPress={() => onEnd(session.id)} aria-label={t`Sign out ${name}`}>
          <Trans>Sign out</Trans>
        </Button>
      )}
    </Row>
  );
}
