import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { BadgeCheck, ShieldOff } from 'lucide-react';
import { useState } from 'react';
import { listCertificates, renewCertificate } from '../../../../api/admin';
import { errorText } from '../../../../api/errors';
import { asApiError } from '../../../../api/problem';
import type { CertificateList, CertificateView } from '../../../../api/types';
import { useFormat } from '../../../../i18n/format';
import { Button } from '../../../../ui/Button';
import { Card, Row, Rows } from '../../../../ui/Card';
import { ConfirmDialog } from '../../../../ui/ConfirmDialog';
import { Empty, Notice, Pill } from '../../../../ui/display';
import { PageHead } from '../../Frame';
import settings from '../../settings.module.css';
import admin from '../admin.module.css';
import { Busy } from '../Busy';
import { Fault } from '../Fault';
import { useLoaded } from '../useLoaded';

const DAY_MS = 86_400_000;
/** As the server's own alarm: it should have been renewed long before. */
const SOON_DAYS = 7;

/** The certificates of the server's own TLS: until when, from whom, and renewing one now. */
export function Certificates() {
  const { t } = useLingui();
  const { value: list, error, busy, reload } = useLoaded(listCertificates);
  return (
    <>
      <PageHead title={t`Certificates`} hint={t`By them browsers know that this server is the one they asked for.`}>
        <Button onPress={() => void reload()} busy={busy}>
          {busy ? t`Asking…` : t`Ask again`}
        </Button>
      </PageHead>
      <Fault error={error} />
      {!list && !error && <Busy />}
      {list?.mode === 'off' && (
        <Empty icon={ShieldOff} title={t`The server speaks no TLS of its own`}>
          <Trans>
            A reverse proxy in front may do it, and renews its certificate itself. To let the server do it, set
            “tls.mode” to “files” or “acme”.
          </Trans>
        </Empty>
      )}
      {list && list.mode !== 'off' && <ListCard list={list} onAsked={() => void reload()} />}
    </>
  );
}

function ListCard({ list, onAsked }: { list: CertificateList; onAsked: () => void }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState(false);
  const acme = list.mode === 'acme';
  const renew = async (): Promise<string | undefined> => {
    try {
      await renewCertificate();
    } catch (cause) {
      const failed = asApiError(cause);
      return failed.code === 'conflict' ? failed.problem.detail : errorText(failed);
    }
    setAsked(true);
    onAsked();
    return undefined;
  };
  return (
    <Card
      title={t`Certificates`}
      hint={
        acme
          ? t`From an ACME server; this server renews them in time.`
          : t`From files; whoever writes them renews them.`
      }
      action={
        acme && (
          <Button size="s" onPress={() => setAsking(true)}>
            <Trans>Renew now…</Trans>
          </Button>
        )
      }
    >
      {asked && (
        <Notice tone="info" title={t`Asked for`}>
          <Trans>One of the servers renews it within moments. “Ask again” shows how it went.</Trans>
        </Notice>
      )}
      {list.items.length === 0 && (
        <p className={settings.quiet}>
          <Trans>There is no certificate yet; the server orders it.</Trans>
        </p>
      )}
      {list.items.length > 0 && (
        <Rows label={t`Certificates`}>
          {list.items.map((one) => (
            <li key={one.id}>
              <Certificate one={one} />
            </li>
          ))}
        </Rows>
      )}
      {asking && (
        <ConfirmDialog
          title={t`Renew the certificate now?`}
          hint={t`It is renewed by itself in time, and ACME servers limit how often a name is ordered. Connections stay open.`}
          action={t`Renew now`}
          onConfirm={renew}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}

function Certificate({ one }: { one: CertificateView }) {
  const { t } = useLingui();
  const format = useFormat();
  const { failures } = one;
  const days =
    one.expires_at === undefined ? undefined : Math.floor((Date.parse(one.expires_at) - Date.now()) / DAY_MS);
  const until = one.expires_at === undefined ? '' : format.full(Date.parse(one.expires_at));
  const renews = one.renews_at === undefined ? '' : format.full(Date.parse(one.renews_at));
  return (
    <div className={admin.certificate}>
      <Row
        icon={BadgeCheck}
        title={
          <>
            <bdi>{one.names.join(', ')}</bdi>
            <Life days={days} />
            {one.is_in_force && <Pill tone="accent">{t`In force`}</Pill>}
          </>
        }
      />
      {one.problem !== undefined && (
        <Notice tone={days === undefined || days < 0 ? 'danger' : 'warn'} title={t`Something is wrong with it`}>
          <bdi>{one.problem}</bdi>
          {failures > 1 && (
            <>
              {' '}
              <Plural value={failures} one="(# attempt)" other="(# attempts)" />
            </>
          )}
        </Notice>
      )}
      <dl className={settings.facts}>
        {until !== '' && (
          <>
            <dt>{t`Valid until`}</dt>
            <dd>{until}</dd>
            <dt>{t`Issued by`}</dt>
            <dd>
              <bdi>{one.issuer}</bdi>
            </dd>
            <dt>{t`Serial number`}</dt>
            <dd>
              <code>{one.serial}</code>
            </dd>
          </>
        )}
        {renews !== '' && (
          <>
            <dt>{t`Next attempt`}</dt>
            <dd>{renews}</dd>
          </>
        )}
        <dt>{t`Lies in`}</dt>
        <dd>
          <code>{one.id}</code>
        </dd>
      </dl>
    </div>
  );
}

function Life({ days }: { days: number | undefined }) {
  const { t } = useLingui();
  if (days === undefined) return <Pill tone="warn">{t`Not obtained yet`}</Pill>;
  if (days < 0) return <Pill tone="danger">{t`Expired`}</Pill>;
  return (
    <Pill tone={days < SOON_DAYS ? 'warn' : 'success'}>
      <Plural value={days} one="# day left" other="# days left" />
    </Pill>
  );
}
