import { lazy, Suspense } from 'react';
import { useMessageWork } from '../features/timeline';
import { withWords } from '../i18n';
import { closeOverlay, type Overlay, useOverlay } from '../lib/overlay';
import { Toasts } from '../ui/Toasts';

// Nothing here is needed for the first view, so each family of dialogs is a chunk of its own.
const QuickSwitcher = lazy(() => import('../features/switcher/QuickSwitcher'));
const KeysDialog = lazy(() => import('./KeysDialog').then((m) => ({ default: m.KeysDialog })));
const NewMessageDialog = lazy(() => import('../features/people').then((m) => ({ default: m.NewMessageDialog })));
const InviteDialog = lazy(() => import('../features/people').then((m) => ({ default: m.InviteDialog })));
const MembersDialog = lazy(() => import('../features/people').then((m) => ({ default: m.MembersDialog })));
const AddMembersDialog = lazy(() => import('../features/people').then((m) => ({ default: m.AddMembersDialog })));
const NewChannelDialog = lazy(() =>
  import('../features/channels/dialogs').then((m) => ({ default: m.NewChannelDialog })),
);
const BrowseDialog = lazy(() => import('../features/channels/dialogs').then((m) => ({ default: m.BrowseDialog })));
const KitDialog = lazy(() => withWords('admin', import('../features/kit')).then((m) => ({ default: m.KitDialog })));
const NewWorkspaceDialog = lazy(() =>
  import('../features/workspaces/dialogs').then((m) => ({ default: m.NewWorkspaceDialog })),
);

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
    case 'recovery-kit':
      return <KitDialog enter={overlay.enter} onClose={closeOverlay} />;
  }
}

const DeleteDialog = lazy(() => import('../features/timeline/DeleteDialog').then((m) => ({ default: m.DeleteDialog })));

/** What lies above the page: at most one dialog, and the toasts. */
export function Overlays() {
  const overlay = useOverlay((s) => s.overlay);
  const deleting = useMessageWork((s) => s.deleting);
  return (
    <>
      <Suspense>{overlay && <Open overlay={overlay} />}</Suspense>
      <Suspense>{deleting !== undefined && <DeleteDialog />}</Suspense>
      <Toasts />
    </>
  );
}
