import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { BadgeAlert, BadgeCheck, ShieldQuestion } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { type ApiError, asApiError } from '../../../../api/problem';
import { Button } from '../../../../ui/Button';
import { Spinner } from '../../../../ui/display';
import { Fault } from '../Fault';
import css from './audit.module.css';
import { faults } from './faults';
import { forget } from './known';
import { type Verdict, verifyLog } from './verify';

/** Whether the log continues what this browser has seen before; worked out when the page opens. */
export function LogBanner() {
  const { t } = useLingui();
  const [verdict, setVerdict] = useState<Verdict | undefined>();
  const [error, setError] = useState<ApiError | undefined>();
  const [busy, setBusy] = useState(true);
  const verify = useCallback(async () => {
    setBusy(true);
    setError(undefined);
    try {
      setVerdict(await verifyLog());
    } catch (cause) {
      setError(asApiError(cause));
    }
    setBusy(false);
  }, []);
  useEffect(() => void verify(), [verify]);
  if (error) return <Fault error={error} />;
  if (!verdict)
    return (
      <Box tone="neutral" icon={<Spinner />} title={t`Checking the log…`}>
        {null}
      </Box>
    );
  const again = (
    <Button size="s" onPress={() => void verify()} busy={busy}>
      <Trans>Check again</Trans>
    </Button>
  );
  return verdict.holds ? (
    <Holds verdict={verdict} again={again} />
  ) : (
    <Broken why={verdict.why} again={again} onForget={verify} />
  );
}

type BoxProps = { tone: string; icon: ReactNode; title: string; children: ReactNode; end?: ReactNode };

function Box({ tone, icon, title, children, end }: BoxProps) {
  return (
    <section className={css.banner} data-tone={tone} aria-label={title} role={tone === 'danger' ? 'alert' : 'status'}>
      {icon}
      <div>
        <strong>{title}</strong>
        {children}
      </div>
      {end}
    </section>
  );
}

function Holds({ verdict, again }: { verdict: Extract<Verdict, { holds: true }>; again: ReactNode }) {
  const { t } = useLingui();
  const { size, root, origin, signed } = verdict;
  const short = root.slice(0, 12);
  const name = origin.slice(0, 'plexichat/'.length + 12);
  return (
    <Box
      tone="success"
      icon={<BadgeCheck size={22} aria-hidden />}
      title={t`The log is the one that was signed`}
      end={again}
    >
      <p>
        <Plural value={size} one="# entry" other="# entries" />
        {', '}
        <Trans>
          root <code>{short}…</code>, log <code>{name}…</code>.
        </Trans>{' '}
        {signed ? (
          <Trans>This browser has checked the Ed25519 signature, and that it continues all it saw before.</Trans>
        ) : (
          <Trans>It continues all this browser saw before. The browser cannot check the signature.</Trans>
        )}
      </p>
    </Box>
  );
}

function Broken({
  why,
  again,
  onForget,
}: {
  why: Extract<Verdict, { holds: false }>['why'];
  again: ReactNode;
  onForget: () => Promise<void>;
}) {
  const { t, i18n } = useLingui();
  const restored = why === 'shorter' || why === 'other-log' || why === 'inconsistent';
  const unable = why === 'insecure';
  return (
    <Box
      tone={unable ? 'neutral' : 'danger'}
      icon={unable ? <ShieldQuestion size={22} aria-hidden /> : <BadgeAlert size={22} aria-hidden />}
      title={unable ? t`This browser cannot check the log` : t`The log does not check out`}
      end={unable ? undefined : again}
    >
      <p>{i18n._(faults[why])}</p>
      {restored && (
        <p>
          <Trans>If a backup was restored on purpose:</Trans>{' '}
          <button
            type="button"
            className={css.link}
            onClick={() => {
              forget();
              void onForget();
            }}
          >
            <Trans>trust the log as it is now</Trans>
          </button>
        </p>
      )}
    </Box>
  );
}
