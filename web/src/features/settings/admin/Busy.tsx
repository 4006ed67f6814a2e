import { useLingui } from '@lingui/react/macro';
import { Spinner } from '../../../ui/display';
import css from '../settings.module.css';

export function Busy() {
  const { t } = useLingui();
  return (
    <p className={css.quiet} role="status">
      <Spinner /> {t`Loading…`}
    </p>
  );
}
