import { lazy, Suspense } from 'react';
import { useMe } from '../entities/hooks';
import { withWords } from '../i18n';
import { OfflineBar } from './OfflineBar';
import css from './Shell.module.css';

const KitBanner = lazy(() => withWords('admin', import('../features/kit')).then((m) => ({ default: m.KitBanner })));

/** What has to be said above every page. */
export function Bars() {
  const me = useMe();
  const administers = me !== undefined && me.instance_role !== 'member';
  return (
    <div className={css.bars}>
      <OfflineBar />
      {administers && (
        <Suspense>
          <KitBanner />
        </Suspense>
      )}
    </div>
  );
}
