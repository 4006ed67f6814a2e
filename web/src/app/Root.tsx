import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { getSetup } from '../api/auth';
import type { Joined, SetupState } from '../api/types';
import { navigate, useRoute } from '../lib/router';
import { ErrorBoundary, Unreachable } from './Faults';
import { enter, useSession } from './session';

const Shell = lazy(() => import('./Shell').then((m) => ({ default: m.Shell })));
const SignIn = lazy(() => import('../features/auth').then((m) => ({ default: m.SignIn })));
const Setup = lazy(() => import('../features/auth').then((m) => ({ default: m.Setup })));
const Invite = lazy(() => import('../features/auth').then((m) => ({ default: m.Invite })));
const Reset = lazy(() => import('../features/auth').then((m) => ({ default: m.Reset })));

/** Until the server has said otherwise. */
const LEAST_PASSWORD = 8;

export function Root() {
  const { i18n } = useLingui();
  return (
    <I18nProvider locale={i18n.locale}>
      <ErrorBoundary>
        <Suspense>
          <Screen />
        </Suspense>
      </ErrorBoundary>
    </I18nProvider>
  );
}

function useSetupFacts(wanted: boolean): SetupState | undefined {
  const [facts, setFacts] = useState<SetupState | undefined>();
  useEffect(() => {
    if (wanted)
      getSetup()
        .then(setFacts)
        .catch(() => undefined);
  }, [wanted]);
  return facts;
}

/** After set-up or an accepted invitation: into the workspace, at the channel to show first. */
function welcome(joined: Joined): void {
  navigate({ name: 'channel', workspaceId: joined.workspace.id, channelId: joined.channel_id }, 'replace');
  enter(joined.account);
}

function Screen() {
  const route = useRoute();
  const session = useSession((s) => s.session);
  const facts = useSetupFacts(route.name === 'setup' || route.name === 'invite' || route.name === 'reset');
  const least = facts?.min_password_chars ?? LEAST_PASSWORD;
  const signedIn = session.phase === 'signed-in';
  useEffect(() => {
    if (session.phase === 'setup-needed' && route.name !== 'setup') navigate({ name: 'setup', code: '' }, 'replace');
    if (session.phase === 'signed-out' && (route.name === 'home' || route.name === 'setup'))
      navigate({ name: 'sign-in' }, 'replace');
    if (signedIn && route.name === 'sign-in') navigate({ name: 'home' }, 'replace');
  }, [session.phase, signedIn, route.name]);
  if (session.phase === 'starting') return null;
  if (session.phase === 'unreachable') return <Unreachable />;
  if (route.name === 'invite')
    return (
      <Invite
        code={route.code}
        leastPassword={least}
        signedInAs={session.phase === 'signed-in' ? session.name : undefined}
        onJoined={welcome}
      />
    );
  if (route.name === 'reset')
    return <Reset code={route.code} leastPassword={least} onDone={() => navigate({ name: 'sign-in' }, 'replace')} />;
  if (session.phase === 'setup-needed')
    return (
      <Setup key={route.name} code={route.name === 'setup' ? route.code : ''} leastPassword={least} onDone={welcome} />
    );
  if (!signedIn) return <SignIn onSignedIn={enter} expired={session.phase === 'signed-out' && session.expired} />;
  return <Shell />;
}
