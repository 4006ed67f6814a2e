import { create } from 'zustand';
import type { Id } from '../api/types';

/** The one dialog that is open above the page. */
export type Overlay =
  | { kind: 'switcher' }
  | { kind: 'keys' }
  | { kind: 'new-message' }
  | { kind: 'invite' | 'new-channel' | 'browse'; workspaceId: Id }
  | { kind: 'members' | 'add-members'; channelId: Id }
  | { kind: 'new-workspace' }
  | { kind: 'recovery-kit'; enter: boolean };

export const useOverlay = create<{ overlay: Overlay | undefined }>()(() => ({ overlay: undefined }));

export function openOverlay(overlay: Overlay): void {
  useOverlay.setState({ overlay });
}

export function closeOverlay(): void {
  useOverlay.setState({ overlay: undefined });
}
