import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { approveKeyTask, cancelKeyTask } from '../../../../api/admin';
import { type ApiError, asApiError } from '../../../../api/problem';
import type { Id, KeyTaskView } from '../../../../api/types';
import { Button } from '../../../../ui/Button';
import { Card, Rows } from '../../../../ui/Card';
import settings from '../../settings.module.css';
import { Busy } from '../Busy';
import { Fault } from '../Fault';
import type { Loaded } from '../useLoaded';
import { TaskRow } from './TaskRow';

/** How often the list is read again while something goes on. */
const EVERY_MS = 2_000;
/** As long as only waiting is going on. */
const SELDOM_MS = 30_000;
const FEW = 5;

export const isOpen = ({ state }: KeyTaskView): boolean => state !== 'done' && state !== 'cancelled';
const moves = ({ state }: KeyTaskView): boolean => state === 'settling' || state === 'working';

/** Reads again while something is going on, and tells when something came to its end. */
function useProgress({ value, reload }: Loaded<KeyTaskView[]>, onDone: () => void): void {
  const open = useRef(0);
  useEffect(() => {
    if (!value) return undefined;
    const now = value.filter(isOpen).length;
    if (now < open.current) onDone();
    open.current = now;
    if (now === 0) return undefined;
    const soon = value.some(
      (task) => moves(task) || (task.state === 'waiting' && Date.parse(task.due_at) <= Date.now()),
    );
    const timer = setTimeout(() => void reload(), soon ? EVERY_MS : SELDOM_MS);
    return () => clearTimeout(timer);
  }, [value, reload, onDone]);
}

type Props = { tasks: Loaded<KeyTaskView[]>; onDone: () => void };

/** Keys that are being replaced or destroyed, or wait to be. */
export function TasksCard({ tasks, onDone }: Props) {
  const { t } = useLingui();
  const [failed, setFailed] = useState<ApiError | undefined>();
  const [all, setAll] = useState(false);
  useProgress(tasks, onDone);
  const { value, error, reload } = tasks;
  const act = async (work: (id: Id) => Promise<unknown>, id: Id) => {
    setFailed(undefined);
    await work(id).catch((cause: unknown) => setFailed(asApiError(cause)));
    await reload();
  };
  const open = value?.filter(isOpen) ?? [];
  const ended = value?.filter((task) => !isOpen(task)) ?? [];
  const shown = [...open, ...(all ? ended : ended.slice(0, FEW))];
  return (
    <Card
      title={t`Under way`}
      hint={t`What goes on with keys. Each begins in a moment, or when its time of grace is over.`}
    >
      <Fault error={failed ?? error} />
      {!value && !error && <Busy />}
      {value?.length === 0 && <p className={settings.quiet}>{t`No key was replaced or destroyed yet.`}</p>}
      {shown.length > 0 && (
        <Rows label={t`Tasks on keys`}>
          {shown.map((task) => (
            <li key={task.id}>
              <TaskRow
                task={task}
                onApprove={() => void act(approveKeyTask, task.id)}
                onCancel={() => void act(cancelKeyTask, task.id)}
              />
            </li>
          ))}
        </Rows>
      )}
      {!all && ended.length > FEW && (
        <Button variant="ghost" onPress={() => setAll(true)}>
          <Trans>Show more</Trans>
        </Button>
      )}
    </Card>
  );
}
