import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Flame, RefreshCw } from 'lucide-react';
import type { KeyTaskState, KeyTaskView } from '../../../../api/types';
import { isMe } from '../../../../entities/useTitle';
import { useFormat } from '../../../../i18n/format';
import { Button } from '../../../../ui/Button';
import { Row } from '../../../../ui/Card';
import { Pill, type Tone } from '../../../../ui/display';
import admin from '../admin.module.css';
import { useName, useThingName } from '../names';

const tones: Record<KeyTaskState, Tone> = {
  unapproved: 'warn',
  waiting: 'info',
  settling: 'accent',
  working: 'accent',
  done: 'success',
  cancelled: 'neutral',
};

/** What a task is about, for people. */
function useTaskTitle({ kind, target, month }: KeyTaskView): string {
  const { t } = useLingui();
  const id = 'id' in target ? target.id : '';
  const name = useThingName({ kind: target.level, id }) || id;
  if (kind === 'shred') {
    if (target.level === 'workspace') return t`Destroy the key of ${name}`;
    return month === undefined ? t`Destroy the keys of ${name}` : t`Destroy the keys of ${name} from ${month}`;
  }
  switch (target.level) {
    case 'root':
      return t`Replace the root key`;
    case 'instance':
      return t`Replace the key of the server and of conversations`;
    case 'workspace':
      return t`Replace the key of ${name}`;
    case 'channel':
      return month === undefined ? t`Replace the keys of ${name}` : t`Replace the keys of ${name} from ${month}`;
  }
}

type Props = { task: KeyTaskView; onApprove: () => void; onCancel: () => void };

export function TaskRow({ task, onApprove, onCancel }: Props) {
  const { t } = useLingui();
  const title = useTaskTitle(task);
  const states: Record<KeyTaskState, string> = {
    unapproved: t`Waits for approval`,
    waiting: t`Waits`,
    settling: t`Begins`,
    working: t`At work`,
    done: t`Done`,
    cancelled: t`Given up`,
  };
  const stoppable = task.state === 'unapproved' || task.state === 'waiting';
  return (
    <Row
      icon={task.kind === 'rotate' ? RefreshCw : Flame}
      title={
        <>
          <bdi>{title}</bdi>
          <Pill tone={tones[task.state]}>{states[task.state]}</Pill>
        </>
      }
      hint={<Facts task={task} />}
    >
      {task.state === 'unapproved' && !isMe(task.asked_by) && (
        <Button size="s" variant="danger" onPress={onApprove} aria-label={t`Approve: ${title}`}>
          <Trans>Approve</Trans>
        </Button>
      )}
      {stoppable && (
        <Button size="s" onPress={onCancel} aria-label={t`Give up: ${title}`}>
          <Trans>Give up</Trans>
        </Button>
      )}
    </Row>
  );
}

function Facts({ task }: { task: KeyTaskView }) {
  const { t } = useLingui();
  const format = useFormat();
  const known = useName(task.asked_by);
  const who = task.asked_by === '0' ? t`the list of destroyed keys` : known;
  const asked = format.full(Date.parse(task.asked_at));
  const due = format.full(Date.parse(task.due_at));
  const waits = (task.state === 'unapproved' || task.state === 'waiting') && Date.parse(task.due_at) > Date.now();
  const { at, of, changed } = task;
  return (
    <>
      <Trans>
        Asked for by <bdi>{who}</bdi>, {asked}
      </Trans>
      {waits && (
        <>
          {'; '}
          <Trans>begins {due}</Trans>
        </>
      )}
      {changed > 0 && (
        <>
          {'; '}
          <Plural value={changed} one="# changed" other="# changed" />
        </>
      )}
      {task.state === 'working' && of > 0 && (
        <progress className={admin.progress} value={at} max={of} aria-label={t`${at} of ${of}`} />
      )}
    </>
  );
}
