import { Trans, useLingui } from '@lingui/react/macro';
import { CloudOff, TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { Empty } from '../ui/display';
import css from './Shell.module.css';
import { startSession } from './session';

/** The server does not answer at all: nothing can be shown yet. */
export function Unreachable() {
  const { t } = useLingui();
  return (
    <main className={css.cold}>
      <Empty
        icon={CloudOff}
        title={t`The server does not answer`}
        level={1}
        action={
          <Button variant="primary" size="l" onPress={() => void startSession()}>
            <Trans>Try again</Trans>
          </Button>
        }
      >
        <Trans>Check your connection. If other pages work, the server may be restarting: try again in a moment.</Trans>
      </Empty>
    </main>
  );
}

function Broken() {
  const { t } = useLingui();
  return (
    <main className={css.cold}>
      <Empty
        icon={TriangleAlert}
        title={t`Something went wrong on this page`}
        level={1}
        action={
          <Button variant="primary" size="l" onPress={() => location.reload()}>
            <Trans>Load again</Trans>
          </Button>
        }
      >
        <Trans>Your drafts and unsent messages are kept.</Trans>
      </Empty>
    </main>
  );
}

/** A fault in drawing takes the page, not the person's text: drafts and outbox live outside of React. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}
