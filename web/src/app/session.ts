/** Who is signed in, and what starts and stops with that. */
import { create } from 'zustand';
import { getMe, getSetup, logout } from '../api/auth';
import { asApiError } from '../api/problem';
import { listChannelStates } from '../api/sync';
import type { AccountView, Id } from '../api/types';
import { getChannel, getWorkspace, listChannels } from '../api/workspaces';
import { entities } from '../entities/entities';
import type { Change } from '../entities/state';
import { closeDrafts, openDrafts } from '../features/composer/drafts';
import { followNotify } from '../features/notify';
import { outbox } from '../features/outbox/store';
import { timelines } from '../features/timeline/store';
import { connection, repair } from '../realtime';

export type Session =
  | { phase: 'starting' }
  | { phase: 'unreachable' }
  | { phase: 'setup-needed' }
  | { phase: 'signed-out'; expired: boolean }
  | { phase: 'signed-in'; me: Id; name: string };

export const useSession = create<{ session: Session }>()(() => ({ session: { phase: 'starting' } }));
const set = (session: Session) => useSession.setState({ session });

const MOST_CHANNEL_PAGES = 25;
const TYPING_SWEEP_MS = 1_000;

/** Asks the server who we are. */
export async function startSession(): Promise<void> {
  set({ phase: 'starting' });
  try {
    enter(await getMe());
  } catch (cause) {
    const error = asApiError(cause);
    if (error.problem.status !== 401) set({ phase: 'unreachable' });
    else await whenSignedOut();
  }
}

async function whenSignedOut(): Promise<void> {
  const setup = await getSetup().catch(() => undefined);
  set(setup?.needed ? { phase: 'setup-needed' } : { phase: 'signed-out', expired: false });
}

/** After sign-in, set-up or an accepted invitation. */
export function enter(account: AccountView): void {
  outbox.open(account.id);
  openDrafts(account.id);
  set({ phase: 'signed-in', me: account.id, name: account.display_name });
  connection.start();
}

export async function signOut(): Promise<void> {
  await logout().catch(() => undefined);
  leave(false);
}

function leave(expired: boolean): void {
  set({ phase: 'signed-out', expired });
  connection.stop();
  outbox.close();
  closeDrafts();
  timelines.clear();
  entities.ingest({ kind: 'signed_out' });
}

const effects: { [T in Change['type']]: (change: Extract<Change, { type: T }>) => void } = {
  message: ({ message }) => outbox.arrived(message),
  channel_dropped: () => undefined,
  channel_reset: () => undefined,
  everything_reset: () => undefined,
  need_channel: ({ channelId }) => {
    getChannel(channelId)
      .then((channel) => entities.ingest({ kind: 'channel_state', channel }))
      .catch(() => undefined);
  },
  need_workspace: ({ workspaceId }) => {
    getWorkspace(workspaceId)
      .then((workspace) => entities.ingest({ kind: 'workspace_state', workspace }))
      .catch(() => undefined);
  },
  need_workspace_reload: ({ workspaceId }) => {
    Promise.all([getWorkspace(workspaceId), listChannels(workspaceId)])
      .then(([workspace, channels]) => {
        entities.ingest({ kind: 'workspace_state', workspace });
        entities.ingest({ kind: 'channels_listed', channels: channels.items });
      })
      .catch(() => undefined);
  },
  more_channels: () => void loadMoreChannels().catch(() => undefined),
  gap: ({ journal }) => void repair.mend(journal),
  session_revoked: () => undefined,
  account_changed: () => {
    getMe()
      .then((account) => entities.ingest({ kind: 'account', account }))
      .catch(() => undefined);
  },
};

async function loadMoreChannels(): Promise<void> {
  let after: Id | undefined;
  for (let page = 0; page < MOST_CHANNEL_PAGES; page += 1) {
    const { channels, more } = await listChannelStates(after);
    for (const channel of channels) entities.ingest({ kind: 'channel_state', channel });
    after = channels.at(-1)?.channel.id;
    if (!more || after === undefined) return;
  }
}

/** Called once, before the first render. */
export function wire(): void {
  entities.onChange((change) => {
    const effect = effects[change.type] as (change: Change) => void;
    effect(change);
    timelines.handle(change);
  });
  connection.view.subscribe(({ state }, before) => {
    if (state === before.state) return;
    if (state === 'live') {
      outbox.wake();
      timelines.wake();
    }
    if (state === 'signed-out' && useSession.getState().session.phase === 'signed-in') leave(true);
  });
  followNotify();
  addEventListener('online', () => connection.networkChanged());
  addEventListener('offline', () => connection.networkChanged());
  setInterval(() => {
    if (entities.state.typing.size > 0) entities.ingest({ kind: 'typing_expired', now: Date.now() });
  }, TYPING_SWEEP_MS);
}
