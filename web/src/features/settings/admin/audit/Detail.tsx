import { Trans, useLingui } from '@lingui/react/macro';
import { BadgeCheck } from 'lucide-react';
import type { AuditEntryView } from '../../../../api/types';
import { useFormat } from '../../../../i18n/format';
import { Button } from '../../../../ui/Button';
import { Notice } from '../../../../ui/display';
import { Fault } from '../Fault';
import css from './audit.module.css';
import { faults } from './faults';
import { plain } from './plain';
import type { Proof } from './useProofs';

type Props = { entry: AuditEntryView; proof: Proof | undefined; onProve: () => void };

/** Everything an entry says, and its proof. */
export function Detail({ entry, proof, onProve }: Props) {
  return (
    <div className={css.detail}>
      <div>
        <Changes entry={entry} />
        <Facts entry={entry} />
      </div>
      <ProofCard entry={entry} proof={proof} onProve={onProve} />
    </div>
  );
}

function Changes({ entry: { before = {}, after = {} } }: { entry: AuditEntryView }) {
  const { t } = useLingui();
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (fields.length === 0) return null;
  return (
    <>
      <h2>{t`What changed`}</h2>
      <dl className={css.diff}>
        {fields.map((field) => (
          <div key={field}>
            <dt>{plain(field)}</dt>
            <dd>
              {field in before && (
                <del>
                  <span className="sr">{t`Before:`} </span>
                  {plain(before[field])}
                </del>
              )}
              {field in after && (
                <ins>
                  <span className="sr">{t`After:`} </span>
                  {plain(after[field])}
                </ins>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Facts({ entry }: { entry: AuditEntryView }) {
  const { t } = useLingui();
  const format = useFormat();
  const { actor, target, sealed = {} } = entry;
  const facts: [string, string | undefined][] = [
    [t`Time`, entry.at === undefined ? undefined : `${format.full(Date.parse(entry.at))} (${entry.at})`],
    [t`Action`, entry.action],
    [t`Outcome`, entry.outcome],
    [t`Account`, actor?.user_id],
    [t`Acted as`, actor?.role === undefined ? actor?.kind : `${actor.kind}, ${actor.role}`],
    [t`Session`, actor?.session_id],
    [t`Reason`, actor?.reason],
    [t`Target`, target && `${target.kind} ${target.id}`],
    [t`Workspace`, entry.workspace_id],
    [t`Request`, entry.request_id],
  ];
  return (
    <>
      <h2>{t`Facts`}</h2>
      <dl className={css.facts}>
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{plain(value)}</dd>
              </div>
            ),
        )}
      </dl>
      {Object.keys(sealed).length > 0 && (
        <>
          <h2>{t`Sealed in the database`}</h2>
          <dl className={css.facts}>
            {Object.entries(sealed).map(([name, value]) => (
              <div key={name}>
                <dt>{plain(name)}</dt>
                <dd>{plain(value)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

function ProofCard({ entry, proof, onProve }: Props) {
  const { t, i18n } = useLingui();
  const { number } = entry;
  const verdict = proof?.state === 'worked' ? proof.verdict : undefined;
  return (
    <section className={css.proof} aria-label={t`Proof`}>
      <h2>
        <BadgeCheck size={17} aria-hidden />
        {t`Proof`}
      </h2>
      {!verdict && (
        <p>
          <Trans>
            The server gives the hashes that lead from this entry to its newest signed checkpoint. Your browser computes
            whether they do.
          </Trans>
        </p>
      )}
      {proof?.state === 'failed' &&
        (proof.error.code === 'not_found' ? (
          <Notice tone="info" title={t`Not signed yet. Try again in a second.`} />
        ) : (
          <Fault error={proof.error} />
        ))}
      {verdict?.holds === false && (
        <Notice
          tone={verdict.why === 'insecure' ? 'info' : 'danger'}
          title={verdict.why === 'insecure' ? t`Not checked` : t`This entry is not genuine`}
        >
          {i18n._(faults[verdict.why])}
        </Notice>
      )}
      {verdict?.holds && <Proven number={number} verdict={verdict} />}
      <div className={css.proofActs}>
        <Button size="s" onPress={onProve} busy={proof?.state === 'asked'}>
          {verdict ? t`Check again` : t`Check in this browser`}
        </Button>
      </div>
    </section>
  );
}

type ProvenProps = { number: number; verdict: Extract<Proof, { state: 'worked' }>['verdict'] & { holds: true } };

function Proven({ number, verdict }: ProvenProps) {
  const { t } = useLingui();
  return (
    <>
      <p role="status">
        <Trans>Entry {number} is in the signed log, as it is shown.</Trans>{' '}
        {!verdict.body && <Trans>Its content was dropped; its hash is in the log.</Trans>}
      </p>
      <dl className={css.facts}>
        <div>
          <dt>{t`Entries signed`}</dt>
          <dd>{verdict.size}</dd>
        </div>
        <div>
          <dt>{t`Root`}</dt>
          <dd>{verdict.root}</dd>
        </div>
        <div>
          <dt>{t`Log`}</dt>
          <dd>{verdict.origin}</dd>
        </div>
        <div>
          <dt>{t`Signature`}</dt>
          <dd>{verdict.signed ? t`Ed25519, checked here` : t`not checked: this browser does not know Ed25519`}</dd>
        </div>
      </dl>
    </>
  );
}
