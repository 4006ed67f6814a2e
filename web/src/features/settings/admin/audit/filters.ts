import type { AuditAction, AuditQuery } from '../../../../api/admin';
import type { UserView } from '../../../../api/types';

/** What is wanted, as it is typed. */
export type Filters = {
  actor: UserView | undefined;
  action: AuditAction | undefined;
  /** An id. */
  target: string;
  /** Days of the reader's own calendar, as `2026-11-27`; the last one is included. */
  from: string;
  until: string;
};

export const NONE: Filters = { actor: undefined, action: undefined, target: '', from: '', until: '' };

const ID = /^[1-9]\d{0,18}$/;
export const isTarget = (text: string): boolean => text.trim() === '' || ID.test(text.trim());

export const isNone = ({ actor, action, target, from, until }: Filters): boolean =>
  actor === undefined && action === undefined && target.trim() === '' && from === '' && until === '';

/** Midnight at the beginning of a day, or of the one after it. */
function midnight(day: string, later = 0): number | undefined {
  const [year, month, date] = day.split('-').map(Number);
  if (!year || !month || !date) return undefined;
  return new Date(year, month - 1, date + later).getTime();
}

/** The question to the server; what is not complete yet is left out. */
export function queryOf({ actor, action, target, from, until }: Filters): AuditQuery {
  return {
    actor: actor?.id,
    action,
    target: ID.test(target.trim()) ? target.trim() : undefined,
    from_ms: midnight(from),
    until_ms: midnight(until, 1),
  };
}
