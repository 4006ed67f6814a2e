import { lazy, Suspense } from 'react';
import { BrowseDialog, NewChannelDialog } from '../features/channels';
import { AddMembersDialog, InviteDialog, MembersDialog, NewMessageDialog } from '../features/people';
import { DeleteDialog } from '../features/timeline';
import { NewWorkspaceDialog } from '../features/workspaces';
import { closeOverlay, type Overlay, useOverlay } from '../lib/overlay';
import { Toasts } from '../ui/Toasts';
import { KeysDialog } from './KeysDialog';

const QuickSwitcher = lazy(() => import('../features/switcher/QuickSwitcher'));

function Open({ overlay }: { overlay: Overlay }) {
  switch (overlay.kind) {
    case 'switcher':
      return <QuickSwitcher onClose={closeOverlay} />;
    case 'keys':
      return <KeysDialog onClose={closeOverlay} />;
    case 'new-message':
      return <NewMessageDialog onClose={closeOverlay} />;
    case 'invite':
      return <InviteDialog workspaceId={overlay.workspaceId} onClose={closeOverlay} />;
    case 'new-channel':
      return <NewChannelDialog workspaceId={overlay.workspaceId} onClose={closeOverlay} />;
    case 'browse':
      return <BrowseDialog workspaceId={overlay.workspaceId} onClose={closeOverlay} />;
    case 'members':
      return <MembersDialog channelId={overlay.channelId} onClose={closeOverlay} />;
    case 'add-members':
      return <AddMembersDialog channelId={overlay.channelId} onClose={closeOverlay} />;
    case 'new-workspace':
      return <NewWorkspaceDialog onClose={closeOverlay} />;
  }
}

/** What lies above the page: at most one dialog, and the toasts. */
export function Overlays() {
  const overlay = useOverlay((s) => s.overlay);
  return (
    <>
      <Suspense>{overlay && <Open overlay={overlay} />}</Suspense>
      <DeleteDialog />
      <Toasts />
    </>
  );
}
