import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import type { Id } from '../api/types';
import { entities } from '../entities/entities';
import { isUnread, sameList, useAll, useReady } from '../entities/hooks';
import { othersIn } from '../entities/useTitle';
import {
  ChannelView,
  currentWorkspaceId,
  lastChannelOf,
  NoChannelView,
  NowhereView,
  Sidebar,
} from '../features/channels';
import { ThreadPane } from '../features/threads';
import { Rail, TabBar } from '../features/workspaces';
import { withWords } from '../i18n';
import { navigate, type Route, useRoute } from '../lib/router';
import { useTitleBadge } from '../lib/title';
import { usePhone } from '../lib/useMedia';
import { connection } from '../realtime';
import { Skeleton } from '../ui/display';
import { Announcer } from './Announcer';
import { Bars } from './Bars';
import { Overlays } from './Overlays';
import css from './Shell.module.css';
import { signOut } from './session';
import { useShortcuts } from './useShortcuts';

const AccountSettings = lazy(() => import('../features/settings').then((m) => ({ default: m.AccountSettings })));
const WorkspaceSettings = lazy(() => import('../features/settings').then((m) => ({ default: m.WorkspaceSettings })));
const AdminSettings = lazy(() =>
  withWords('admin', import('../features/settings/admin')).then((m) => ({ default: m.AdminSettings })),
);
const ChannelSettings = lazy(() => import('../features/settings').then((m) => ({ default: m.ChannelSettings })));

/** Rail, sidebar, channel, thread: side by side where there is room, one at a time on the phone. */
export function Shell() {
  const ready = useReady();
  const route = useRoute();
  const phone = usePhone();
  const place = usePlace(route, ready, phone);
  useShortcuts(place.channelId);
  useWatchPresence();
  useWaiting();
  if (!ready)
    return (
      <div className={css.app}>
        <Bars />
        <Waiting />
      </div>
    );
  if (isSettings(route))
    return (
      <>
        <div className={css.page}>
          <Bars />
          <Suspense fallback={<Waiting />}>
            <Settings route={route} />
          </Suspense>
        </div>
        <Announcer channelId={undefined} />
        <Overlays />
      </>
    );
  const { channelId, rootId, workspaceId } = place;
  const onlyList = phone && channelId === undefined;
  const onlyThread = phone && rootId !== undefined;
  return (
    <>
      <div className={css.app} data-thread={rootId ? '' : undefined}>
        <Bars />
        {!phone && <Rail currentId={workspaceId} onSignOut={() => void signOut()} />}
        {(!phone || onlyList) && workspaceId && <Sidebar workspaceId={workspaceId} currentId={channelId} />}
        {!onlyList && !onlyThread && <Main route={route} channelId={channelId} rootId={rootId} />}
        {channelId && rootId && <ThreadPane key={rootId} channelId={channelId} rootId={rootId} />}
        {onlyList && <TabBar onSignOut={() => void signOut()} />}
      </div>
      <Announcer channelId={channelId} />
      <Overlays />
    </>
  );
}

function Waiting() {
  const { t } = useLingui();
  return (
    <main className={css.waiting}>
      <h1 className="sr">PlexiChat</h1>
      <Skeleton label={t`Loading your conversations`} />
    </main>
  );
}

type SettingsRoute = Extract<Route, { name: `${string}settings` }>;

const isSettings = (route: Route): route is SettingsRoute => route.name.endsWith('settings');

function Settings({ route }: { route: SettingsRoute }) {
  switch (route.name) {
    case 'settings':
      return <AccountSettings page={route.page} />;
    case 'workspace-settings':
      return <WorkspaceSettings key={route.workspaceId} workspaceId={route.workspaceId} page={route.page} />;
    case 'channel-settings':
      return (
        <ChannelSettings
          key={route.channelId}
          workspaceId={route.workspaceId}
          channelId={route.channelId}
          page={route.page}
        />
      );
    case 'admin-settings':
      return <AdminSettings page={route.page} />;
  }
}

function Main({ route, channelId, rootId }: { route: Route; channelId: Id | undefined; rootId: Id | undefined }) {
  if (channelId && route.name === 'channel')
    return <ChannelView channelId={channelId} number={route.number} rootId={rootId} />;
  return route.name === 'unknown' ? <NowhereView /> : <NoChannelView />;
}

type Place = { workspaceId: Id | undefined; channelId: Id | undefined; rootId: Id | undefined };

/** What the address means; an address without a channel leads to the last one (on the phone: to the list). */
function usePlace(route: Route, ready: boolean, phone: boolean): Place {
  const channelId = route.name === 'channel' ? route.channelId : undefined;
  const rootId = route.name === 'channel' ? route.rootId : undefined;
  const named = 'workspaceId' in route ? route.workspaceId : undefined;
  const known = named !== undefined && entities.state.workspaces.has(named);
  const workspaceId = known ? named : ready ? currentWorkspaceId() : undefined;
  const elsewhere = route.name === 'workspace' || !isPlace(route);
  useEffect(() => {
    if (!ready || !elsewhere) return;
    const last = workspaceId && !phone ? lastChannelOf(workspaceId) : undefined;
    if (last) navigate(last, 'replace');
    else if (workspaceId && route.name !== 'workspace') navigate({ name: 'workspace', workspaceId }, 'replace');
  }, [ready, elsewhere, route.name, workspaceId, phone]);
  return useMemo(() => ({ workspaceId, channelId, rootId }), [workspaceId, channelId, rootId]);
}

/** Addresses that stay as they are; the others lead on to a channel. */
function isPlace(route: Route): boolean {
  return route.name === 'channel' || route.name === 'unknown' || isSettings(route);
}

/** What waits, told in the title of the tab. */
function useWaiting(): void {
  const mentions = useAll(
    entities.state.channels,
    (rows) => rows.reduce((sum, c) => sum + (c.notify === 'muted' ? 0 : c.mention_count), 0),
    Object.is,
  );
  const unread = useAll(entities.state.channels, (rows) => rows.some((c) => isUnread(c)), Object.is);
  useTitleBadge(mentions, unread);
}

/** Presence is asked for the people whose dot is on screen: the conversations of the sidebar, and oneself. */
function useWatchPresence(): void {
  const ids = useAll(
    entities.state.channels,
    (rows) => rows.filter((c) => c.channel.kind === 'direct').map((c) => othersIn(c)[0] ?? ''),
    sameList,
  );
  useEffect(() => connection.watch(ids.filter((id) => id !== '')), [ids]);
}
