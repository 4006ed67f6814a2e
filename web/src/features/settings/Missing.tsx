import { Trans, useLingui } from '@lingui/react/macro';
import { SearchX } from 'lucide-react';
import { Empty } from '../../ui/display';
import css from './settings.module.css';

/** The settings of something the person is not in. */
export function Missing() {
  const { t } = useLingui();
  return (
    <main className={css.missing}>
      <Empty icon={SearchX} title={t`There is nothing at this address`} level={1}>
        <Trans>It does not exist, or you are not in it.</Trans>
      </Empty>
    </main>
  );
}
