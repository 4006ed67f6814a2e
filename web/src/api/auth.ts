import { get, post } from './client';
import type { AccountView, InvitationPreview, Joined, NewAccount, SetupState, SignedIn } from './types';

/** What the session list of the account shows for this browser. */
function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox\//.test(agent)
    ? 'Firefox'
    : /Edg\//.test(agent)
      ? 'Edge'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser';
  const system = /Android/.test(agent)
    ? 'Android'
    : /iPhone|iPad/.test(agent)
      ? 'iOS'
      : /Windows/.test(agent)
        ? 'Windows'
        : /Mac OS/.test(agent)
          ? 'macOS'
          : /Linux/.test(agent)
            ? 'Linux'
            : '';
  return system === '' ? browser : `${browser} on ${system}`;
}

export const getSetup = () => get<SetupState>('/setup');
export const completeSetup = (code: string, owner: NewAccount, workspace_name: string) =>
  post<Joined>('/setup', { code, owner, workspace_name, transport: 'cookie' });
export const login = (name: string, password: string) =>
  post<SignedIn>('/auth/login', { login: name, password, transport: 'cookie', device_name: deviceName() });
export const logout = () => post<void>('/auth/logout');
export const resetPassword = (code: string, password: string) => post<void>('/auth/reset', { code, password });
export const getMe = () => get<AccountView>('/users/me');
export const previewInvitation = (code: string) => post<InvitationPreview>('/invitations/preview', { code });
export const acceptInvitation = (code: string, account?: NewAccount) =>
  post<Joined>('/invitations/accept', { code, transport: 'cookie', ...(account ? { account } : {}) });
