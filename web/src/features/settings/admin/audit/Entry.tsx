import { useLingui } from '@lingui/react/macro';
import { ChevronDown, ChevronRight, Server } from 'lucide-react';
import type { AuditEntryView } from '../../../../api/types';
import { useFormat } from '../../../../i18n/format';
import { Avatar } from '../../../../ui/Avatar';
import { IconButton } from '../../../../ui/IconButton';
import table from '../../../../ui/Table.module.css';
import { useName, useThingName } from '../names';
import { actions, isAction, isGrave } from './actions';
import css from './audit.module.css';
import { Badge } from './Badge';
import { Detail } from './Detail';
import { plain } from './plain';
import type { Proof } from './useProofs';

/** Columns of the table. */
export const COLUMNS = 6;

type Props = {
  entry: AuditEntryView;
  open: boolean;
  onToggle: () => void;
  proof: Proof | undefined;
  onProve: () => void;
};

/** An entry in a line, and everything about it below when it is opened. */
export function Entry({ entry, open, onToggle, proof, onProve }: Props) {
  const { t, i18n } = useLingui();
  const format = useFormat();
  const { number, action, at } = entry;
  const what = !entry.is_kept ? t`Content dropped` : isAction(action) ? i18n._(actions[action]) : plain(action ?? '');
  const ms = at === undefined ? undefined : Date.parse(at);
  const when = ms === undefined ? '' : format.moment(ms);
  return (
    <>
      <tr>
        <td className={table.tight}>
          <IconButton label={t`Details of entry ${number}`} aria-expanded={open} onPress={onToggle}>
            {open ? <ChevronDown size={17} aria-hidden /> : <ChevronRight size={17} aria-hidden className="flip" />}
          </IconButton>
        </td>
        <td data-p="2" className={table.mute}>
          {at !== undefined && <time dateTime={at}>{when}</time>}
        </td>
        <th scope="row">
          <span className={css.what}>
            {isGrave(action) && <i aria-hidden="true" />}
            {what}
          </span>
          <small className={table.under}>{when}</small>
        </th>
        <td>
          <Actor entry={entry} />
        </td>
        <td data-p="3">
          <Target entry={entry} />
        </td>
        <td className={table.tight}>
          <Badge number={number} proof={proof} onAsk={onProve} />
        </td>
      </tr>
      {open && (
        <tr className={css.detailRow}>
          <td colSpan={COLUMNS}>
            <Detail entry={entry} proof={proof} onProve={onProve} />
          </td>
        </tr>
      )}
    </>
  );
}

function Actor({ entry: { actor } }: { entry: AuditEntryView }) {
  const { t } = useLingui();
  const id = actor?.kind === 'system' ? '' : (actor?.user_id ?? '');
  const name = useName(id);
  const shown = actor?.kind === 'system' ? t`The server` : id === '' ? t`Not signed in` : name;
  if (!actor) return null;
  return (
    <span className={table.who}>
      {id === '' ? (
        <span className={css.machine} aria-hidden="true">
          <Server size={16} />
        </span>
      ) : (
        <Avatar id={id} name={name} size={28} />
      )}
      <span>
        <strong dir="auto">{plain(shown)}</strong>
      </span>
    </span>
  );
}

function Target({ entry: { target } }: { entry: AuditEntryView }) {
  const name = useThingName({ kind: target?.kind ?? '', id: target?.id ?? '' });
  if (!target) return null;
  return name === '' || name === target.id ? (
    <span className={table.mono}>{plain(`${target.kind} ${target.id}`)}</span>
  ) : (
    <bdi>{plain(name)}</bdi>
  );
}
