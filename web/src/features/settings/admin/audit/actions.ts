/** What the actions of the log mean, for people. One that the contract names and this table does not, does not compile. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AuditAction } from '../../../../api/admin';

export const actions: Record<AuditAction, MessageDescriptor> = {
  'account.created': msg`Made an account`,
  'account.updated': msg`Changed the own account`,
  'account.administered': msg`Changed an account`,
  'session.opened': msg`Signed in`,
  'session.closed': msg`Signed out`,
  'session.refreshed': msg`Renewed a session`,
  'session.revoked': msg`Ended sessions`,
  'password.changed': msg`Changed the own password`,
  'password.reset': msg`Chose a password by a link`,
  'password.link_created': msg`Made a password link`,
  'instance.set_up': msg`Set the server up`,
  'instance.setup_link_created': msg`Made a set-up link`,
  'config.reloaded': msg`Took over changed settings`,
  'workspace.created': msg`Made a workspace`,
  'workspace.updated': msg`Changed a workspace`,
  'member.updated': msg`Changed a role`,
  'member.removed': msg`Removed a member`,
  'invitation.created': msg`Made an invitation`,
  'invitation.revoked': msg`Revoked an invitation`,
  'invitation.accepted': msg`Accepted an invitation`,
  'channel.created': msg`Made a channel`,
  'channel.updated': msg`Changed a channel`,
  'channel.archive': msg`Archived a channel`,
  'channel.restore': msg`Restored a channel`,
  'channel.overrides': msg`Changed permissions in a channel`,
  'channel.members_added': msg`Added people to a channel`,
  'channel.member_removed': msg`Removed somebody from a channel`,
  'conversation.opened': msg`Opened a conversation`,
  'message.removed': msg`Deleted somebody else’s message`,
  'keys.rotation_ordered': msg`Asked to replace keys`,
  'keys.shred_ordered': msg`Asked to destroy keys`,
  'keys.shred_approved': msg`Approved that keys are destroyed`,
  'keys.task_cancelled': msg`Gave up a task on keys`,
  'keys.resealed': msg`Moved the root key to another vault`,
  'keys.node_invited': msg`Invited a node`,
  'keys.node_invitation_revoked': msg`Revoked the invitation of a node`,
  'keys.node_joined': msg`A node joined`,
  'keys.node_removed': msg`Removed a node`,
  'certificate.renewal_ordered': msg`Asked to renew a certificate`,
  'recovery_kit.created': msg`Made a recovery kit`,
  'recovery_kit.proven': msg`Proved a recovery kit`,
  'recovery_kit.removed': msg`Removed a recovery kit`,
  'root_key.recovered': msg`Recovered the root key`,
  'audit.erased': msg`Erased a person from the log`,
  'audit.dropped': msg`Dropped old entries`,
  'audit.exported': msg`Exported the log`,
  'audit.telemetry': msg`Counted security events`,
  'audit.went_back': msg`Found the log shorter than before`,
};

/** In the order of the catalogue. */
export const ACTIONS = Object.keys(actions) as AuditAction[];

export function isAction(name: string | undefined): name is AuditAction {
  return name !== undefined && Object.hasOwn(actions, name);
}

/** Those worth a second look. */
const GRAVE: ReadonlySet<string> = new Set<AuditAction>([
  'keys.shred_ordered',
  'keys.shred_approved',
  'recovery_kit.removed',
  'root_key.recovered',
  'audit.erased',
  'audit.went_back',
]);
export const isGrave = (name: string | undefined): boolean => name !== undefined && GRAVE.has(name);
