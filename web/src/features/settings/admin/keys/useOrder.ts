import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { orderKeyTask } from '../../../../api/admin';
import type { NewKeyTask } from '../../../../api/types';
import { type Task, useTask } from '../../useTask';
import { isMonth } from './TargetFields';
import type { Choice } from './useTarget';

export type Order = {
  task: Task;
  monthFault: string | undefined;
  /** What would be asked for; nothing while something is missing or wrong, which is told from then on. */
  check: () => NewKeyTask | undefined;
  send: (order: NewKeyTask) => Promise<boolean>;
};

/** Asks for a task on keys. */
export function useOrder(kind: NewKeyTask['kind'], choice: Choice, onOrdered: () => void): Order {
  const { t } = useLingui();
  const [tried, setTried] = useState(false);
  const task = useTask();
  const month = choice.level === 'channel' ? choice.month.trim() : '';
  const check = (): NewKeyTask | undefined => {
    setTried(true);
    if (!choice.target || !isMonth(month)) return undefined;
    return { kind, target: choice.target, ...(month === '' ? {} : { month }) };
  };
  const send = (order: NewKeyTask) =>
    task.run(async () => {
      await orderKeyTask(order);
      setTried(false);
      onOrdered();
    });
  const monthFault = tried && !isMonth(month) ? t`Write it as year and month, such as 2026-11.` : undefined;
  return { task, monthFault, check, send };
}
