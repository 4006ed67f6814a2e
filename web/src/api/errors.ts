/** Stable error codes to words a person can act on. Codes that have no words here show the server's own detail. */
import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { KnownErrorCode } from './errors.gen';
import type { ApiError } from './problem';

// A code of the catalogue without words here does not compile.
const texts: Record<KnownErrorCode | 'unreachable', MessageDescriptor> = {
  unreachable: msg`The server cannot be reached. Check your connection and try again.`,
  unauthenticated: msg`Sign in first.`,
  invalid_credentials: msg`The name or the password is wrong. Capital letters count.`,
  session_expired: msg`Your session has ended. Sign in again.`,
  account_suspended: msg`This account is suspended. Ask an administrator.`,
  forbidden: msg`You may not do this.`,
  missing_permission: msg`You lack the permission for this. Ask an administrator of the workspace.`,
  channel_archived: msg`This channel is archived and read-only.`,
  origin_refused: msg`The server refuses requests from this address. Open it under its public address.`,
  not_found: msg`It does not exist, or you may not see it.`,
  invitation_invalid: msg`This invitation was revoked, is used up or has expired. Ask for a new link.`,
  setup_link_invalid: msg`This set-up link is wrong, used or expired. Run “plexichat setup --link” on the server for a new one.`,
  reset_link_invalid: msg`This password link is wrong, used or expired. Ask an administrator for a new one.`,
  invalid: msg`Something here is not valid. Check what you entered.`,
  invalid_json: msg`The server did not understand the request. Load the page again.`,
  invalid_query: msg`The server did not understand the request. Load the page again.`,
  method_not_allowed: msg`The server did not understand the request. Load the page again.`,
  unsupported_media_type: msg`The server did not understand the request. Load the page again.`,
  upgrade_required: msg`The server did not understand the request. Load the page again.`,
  unknown_field: msg`This page is newer than the server. Load the page again.`,
  idempotency_key_reused: msg`This was already done with other content. Load the page again.`,
  epoch_changed: msg`The server was restored from a backup. Load the page again.`,
  frame_invalid: msg`The server did not understand the request. Load the page again.`,
  frame_too_large: msg`This is longer than allowed. Shorten it and try again.`,
  password_too_weak: msg`Choose a longer or less common password.`,
  name_taken: msg`This name is taken. Choose another.`,
  conflict: msg`This does not fit the present state. Load it again.`,
  nonce_reused: msg`This message was already sent with another text.`,
  version_mismatch: msg`It was changed meanwhile. Read it again before you change it.`,
  already_set_up: msg`This server is already set up. Sign in instead.`,
  last_owner: msg`A workspace needs at least one owner. Name another first.`,
  confirmation_needed: msg`This reaches more than 50 people. Confirm that you mean it.`,
  too_large: msg`This is longer than allowed. Shorten it and try again.`,
  limit_reached: msg`A limit is reached.`,
  rate_limited: msg`Too many requests. Wait a moment and try again.`,
  too_many_attempts: msg`Too many attempts. Wait a few minutes before the next.`,
  rejected: msg`A rule of this workspace refused it.`,
  unavailable: msg`The server cannot do this right now. Try again in a moment.`,
  overloaded: msg`The server is busy. Try again in a moment.`,
  unknown_outcome: msg`The server lost its database while saving. Try again; nothing is saved twice.`,
  read_only: msg`The server is read-only at the moment. Try again later or tell an administrator.`,
  sealed: msg`The server waits for the vault of its keys. Try again in a moment, or tell an administrator.`,
  shutting_down: msg`The server is restarting. Try again in a moment.`,
  internal: msg`Something went wrong on the server. Try again, or tell an administrator.`,
};

export function errorText(error: ApiError | { code: string; detail?: string }): string {
  const text = (texts as Record<string, MessageDescriptor | undefined>)[error.code];
  if (text) return i18n._(text);
  const detail = 'problem' in error ? error.problem.detail : error.detail;
  if (!detail) return i18n._(msg`It did not work. Try again.`);
  return detail.charAt(0).toLocaleUpperCase() + detail.slice(1);
}
