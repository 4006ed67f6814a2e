import { useLingui } from '@lingui/react/macro';
import type { Role } from '../../api/types';

const RANK: Record<Role, number> = { owner: 3, admin: 2, member: 1, guest: 0 };

export function useRoleNames(): Record<Role, string> {
  const { t } = useLingui();
  return { owner: t`Owner`, admin: t`Admin`, member: t`Member`, guest: t`Guest` };
}

/** The roles a person may give: none above their own. The server decides again. */
export function rolesBelow(own: Role): Role[] {
  return (['owner', 'admin', 'member', 'guest'] as const).filter((role) => RANK[role] <= RANK[own]);
}

export const outranks = (own: Role, other: Role): boolean => RANK[own] >= RANK[other];
