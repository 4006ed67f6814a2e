import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { errorText } from '../../api/errors';
import { Button } from '../../ui/Button';
import { Rows } from '../../ui/Card';
import { Notice, Spinner } from '../../ui/display';
import css from './settings.module.css';
import type { Pages } from './usePages';

type Props<T> = {
  label: string;
  pages: Pages<T>;
  none: string;
  row: (item: T) => ReactNode;
  keyOf: (item: T) => string;
};

/** A list in pages: waiting, empty, failed, or its rows with a way to the next ones. */
export function List<T>({ label, pages, none, row, keyOf }: Props<T>) {
  const { t } = useLingui();
  const { items, next, error } = pages;
  return (
    <>
      {error && (
        <Notice
          tone="danger"
          title={errorText(error)}
          action={
            <Button size="s" onPress={pages.reload}>
              <Trans>Try again</Trans>
            </Button>
          }
        />
      )}
      {items === undefined && !error && (
        <p className={css.quiet} role="status">
          <Spinner /> {t`Loading…`}
        </p>
      )}
      {items?.length === 0 && <p className={css.quiet}>{none}</p>}
      {items && items.length > 0 && (
        <Rows label={label}>
          {items.map((item) => (
            <li key={keyOf(item)}>{row(item)}</li>
          ))}
        </Rows>
      )}
      {next !== undefined && (
        <Button variant="ghost" onPress={pages.more}>
          <Trans>Show more</Trans>
        </Button>
      )}
    </>
  );
}
