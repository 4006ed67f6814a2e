import { Trans, useLingui } from '@lingui/react/macro';
import { Download } from 'lucide-react';
import { useCallback, useState } from 'react';
import { AUDIT_EXPORT, listAuditEntries } from '../../../../api/admin';
import { Button } from '../../../../ui/Button';
import button from '../../../../ui/Button.module.css';
import table from '../../../../ui/Table.module.css';
import { PageHead } from '../../Frame';
import settings from '../../settings.module.css';
import { type Pages, usePages } from '../../usePages';
import { Busy } from '../Busy';
import { Fault } from '../Fault';
import css from './audit.module.css';
import { Entry } from './Entry';
import { FilterBar } from './FilterBar';
import { type Filters, NONE, queryOf } from './filters';
import { LogBanner } from './LogBanner';
import { useProofs } from './useProofs';

const PAGE = 50;

/** Who did what, in a log that nobody changes unseen, and the proof of it. */
export function Audit() {
  const { t } = useLingui();
  const [filters, setFilters] = useState<Filters>(NONE);
  const load = useCallback(
    (after?: string) =>
      listAuditEntries({ ...queryOf(filters), after: after === undefined ? undefined : Number(after), limit: PAGE }),
    [filters],
  );
  const pages = usePages(load);
  return (
    <>
      <PageHead title={t`Audit log`} hint={t`Who did what, in order, in a log that nobody changes unseen.`}>
        <a
          className={button.btn}
          data-variant="secondary"
          data-size="m"
          href={AUDIT_EXPORT}
          download="plexichat-audit.ndjson"
        >
          <Download size={17} aria-hidden />
          <span>
            <Trans>Export with proofs</Trans>
          </span>
        </a>
      </PageHead>
      <LogBanner />
      <section className={css.card} aria-label={t`Entries`}>
        <FilterBar filters={filters} onChange={setFilters} />
        <Entries pages={pages} />
      </section>
    </>
  );
}

function Entries({ pages }: { pages: Pages<Awaited<ReturnType<typeof listAuditEntries>>['items'][number]> }) {
  const { t } = useLingui();
  const { items, next, error } = pages;
  const proofs = useProofs();
  const [open, setOpen] = useState<number | undefined>();
  return (
    <>
      {error && (
        <div className={css.inside}>
          <Fault error={error} />
        </div>
      )}
      {items === undefined && !error && <Busy />}
      {items?.length === 0 && <p className={settings.quiet}>{t`No entry fits.`}</p>}
      {items && items.length > 0 && (
        <section className={table.scroll} aria-label={t`Audit entries`}>
          <table className={table.table}>
            <caption className="sr">{t`Audit entries, newest first`}</caption>
            <thead>
              <tr>
                <th scope="col" className={table.tight}>
                  <span className="sr">{t`Details`}</span>
                </th>
                <th scope="col" data-p="2">{t`Time`}</th>
                <th scope="col">{t`What`}</th>
                <th scope="col">{t`Who`}</th>
                <th scope="col" data-p="3">{t`Target`}</th>
                <th scope="col" className={table.tight}>{t`Proof`}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <Entry
                  key={entry.number}
                  entry={entry}
                  open={open === entry.number}
                  onToggle={() => setOpen(open === entry.number ? undefined : entry.number)}
                  proof={proofs.of(entry.number)}
                  onProve={() => void proofs.ask(entry)}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
      <footer className={table.foot}>
        <Button size="s" variant="ghost" onPress={pages.reload}>
          <Trans>Load again</Trans>
        </Button>
        {next !== undefined && (
          <Button size="s" onPress={pages.more}>
            <Trans>Load older</Trans>
          </Button>
        )}
      </footer>
    </>
  );
}
