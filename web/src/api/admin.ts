/** What those who run the instance ask for: keys, recovery kits, certificates, the audit log. */
import { call, type Needs } from './client';
import type { Id, NewKeyTask, RecoveryKitOrder } from './types';

export const getKeys = () => call('get_keys', {});
export const examineVault = () => call('examine_vault', {});
export const createRecoveryKit = (order: RecoveryKitOrder) => call('create_recovery_kit', { body: order });
export const proveRecoveryKit = (words: string) => call('prove_recovery_kit', { body: { words } });
export const removeRecoveryKit = (kit_id: Id) => call('remove_recovery_kit', { path: { kit_id } });

export const listKeyTasks = () => call('list_key_tasks', {});
export const orderKeyTask = (body: NewKeyTask) => call('order_key_task', { body });
export const approveKeyTask = (task_id: Id) => call('approve_key_task', { path: { task_id } });
export const cancelKeyTask = (task_id: Id) => call('cancel_key_task', { path: { task_id } });

export const listCertificates = () => call('list_certificates', {});
export const renewCertificate = () => call('renew_certificate', {});

export type AuditQuery = NonNullable<Needs<'list_audit_entries'>['query']>;
export type AuditAction = NonNullable<AuditQuery['action']>;
export const listAuditEntries = (query: AuditQuery) => call('list_audit_entries', { query });
export const getAuditCheckpoint = (since?: number) => call('get_audit_checkpoint', { query: { since } });
export const proveAuditEntry = (number: number) => call('prove_audit_entry', { path: { number } });
/** Followed by the browser itself, so that a long log goes to the disk and not through memory. */
export const AUDIT_EXPORT = '/api/v1/admin/audit/export';

export const findAccounts = (q: string) => call('list_accounts', { query: { q: q || undefined, limit: 20 } });
export const getAccount = (user_id: Id) => call('get_account', { path: { user_id } });
