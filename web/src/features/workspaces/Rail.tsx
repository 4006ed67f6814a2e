import { useLingui } from '@lingui/react/macro';
import { Plus } from 'lucide-react';
import type { Id, WorkspaceState } from '../../api/types';
import { isUnread, useChannels, useMe, useWorkspaces } from '../../entities/hooks';
import { openOverlay } from '../../lib/overlay';
import { Link } from '../../lib/router';
import { toneOf } from '../../ui/Avatar';
import { IconButton } from '../../ui/IconButton';
import css from './Rail.module.css';
import { YouMenu } from './YouMenu';

type Props = { currentId: Id | undefined; onSignOut: () => void };

export function Rail({ currentId, onSignOut }: Props) {
  const { t } = useLingui();
  const workspaces = useWorkspaces();
  const me = useMe();
  return (
    <nav className={css.rail} aria-label={t`Workspaces`} data-region="rail">
      <ul className={css.spaces}>
        {workspaces.map((state) => (
          <Tile key={state.workspace.id} state={state} current={state.workspace.id === currentId} />
        ))}
        {me && me.instance_role !== 'member' && (
          <li>
            <IconButton
              className={css.spaceAdd}
              label={t`Create a workspace`}
              onPress={() => openOverlay({ kind: 'new-workspace' })}
            >
              <Plus size={18} aria-hidden />
            </IconButton>
          </li>
        )}
      </ul>
      <div className={css.railFoot}>
        <YouMenu onSignOut={onSignOut} size={38} className={css.me} />
      </div>
    </nav>
  );
}

function Tile({ state, current }: { state: WorkspaceState; current: boolean }) {
  const { t } = useLingui();
  const { id, name } = state.workspace;
  const unread = useChannels(id).some((channel) => isUnread(channel)) && !current;
  return (
    <li data-current={current || undefined}>
      <Link
        to={{ name: 'workspace', workspaceId: id }}
        className={css.space}
        data-tone={toneOf(id)}
        aria-current={current ? 'true' : undefined}
        aria-label={unread ? t`${name}, has unread messages` : name}
        title={name}
      >
        {Array.from(name)[0]?.toLocaleUpperCase()}
      </Link>
      {unread && <span className={css.spaceDot} />}
    </li>
  );
}
