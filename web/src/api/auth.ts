import { call } from './client';
import type { AccountPatch, Id, NewAccount } from './types';

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

const transport = 'cookie';

export const getSetup = () => call('get_setup', {});
export const completeSetup = (code: string, owner: NewAccount, workspace_name: string) =>
  call('complete_setup', { body: { code, owner, workspace_name, transport } });
export const login = (name: string, password: string) =>
  call('login', { body: { login: name, password, transport, device_name: deviceName() } });
export const logout = () => call('logout', {});
export const resetPassword = (code: string, password: string) => call('reset_password', { body: { code, password } });
export const getMe = () => call('get_me', {});
export const previewInvitation = (code: string) => call('preview_invitation', { body: { code } });
export const acceptInvitation = (code: string, account?: NewAccount) =>
  call('accept_invitation', { body: { code, transport, ...(account ? { account } : {}) } });

export const updateMe = (body: AccountPatch) => call('update_me', { body });
export const changePassword = (current: string, next: string) =>
  call('change_password', { body: { current, new: next } });
export const listSessions = () => call('list_sessions', {});
export const revokeSession = (session_id: Id) => call('revoke_session', { path: { session_id } });
export const revokeOtherSessions = () => call('revoke_other_sessions', {});
export const createPasswordLink = (user_id: Id) => call('create_password_link', { path: { user_id } });
