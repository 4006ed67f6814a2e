import { useLingui } from '@lingui/react/macro';
import { useCallback, useEffect } from 'react';
import { listKeyTasks } from '../../../../api/admin';
import { refreshKeys, useKeys } from '../../../kit/state';
import { PageHead } from '../../Frame';
import { Busy } from '../Busy';
import { Fault } from '../Fault';
import { useLoaded } from '../useLoaded';
import { DestroyCard } from './DestroyCard';
import { KitCard } from './KitCard';
import { ReplaceCard } from './ReplaceCard';
import { TasksCard } from './TasksCard';
import { VaultCard } from './VaultCard';

const load = async () => (await listKeyTasks()).items;

/** The root key and what recovers it; keys that are replaced or destroyed. */
export function Keys() {
  const { t } = useLingui();
  const { keys, error } = useKeys();
  const tasks = useLoaded(load);
  const { reload } = tasks;
  const handleOrdered = useCallback(() => void reload(), [reload]);
  useEffect(() => void refreshKeys(), []);
  const handleDone = useCallback(() => void refreshKeys(), []);
  return (
    <>
      <PageHead
        title={t`Keys`}
        hint={t`What people write is sealed by keys below one root key, which a vault keeps.`}
      />
      <Fault error={error} />
      {!keys && !error && <Busy />}
      {keys && (
        <>
          <VaultCard keys={keys} />
          <KitCard keys={keys} />
          <TasksCard tasks={tasks} onDone={handleDone} />
          <ReplaceCard onOrdered={handleOrdered} />
          <DestroyCard keys={keys} onOrdered={handleOrdered} />
        </>
      )}
    </>
  );
}
